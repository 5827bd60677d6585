"""Core: who trained a model. Votes of one family err together, so a verdict names families.

Source of the rule: semantics, "family". Routers are stripped, distilled models count for
their base, and what the table does not know is None: an unknown family is never guessed.
"""

import re

SCRIPTED = "scripted/"
"""What the model strings of scripted seats begin with: no model answers there."""

_ROUTERS = frozenset(
    "openrouter azure azure_ai bedrock converse vertex_ai together_ai fireworks_ai deepinfra groq "
    "ollama ollama_chat hosted_vllm lm_studio litellm_proxy replicate perplexity huggingface "
    "nvidia_nim sambanova cerebras databricks github github_copilot anyscale novita hyperbolic "
    "openai text-completion-openai".split()
)

# Prefix of the model's own name, without its maker -> family. Bases come first, because a
# distilled model carries both names ("deepseek-r1-distill-llama-70b").
_DISTILLED = re.compile(r"distill(?:ed)?-(?P<base>[a-z]+)")
_PREFIXES = (
    ("gpt-", "openai"), ("chatgpt", "openai"), ("o1", "openai"), ("o3", "openai"),
    ("o4", "openai"), ("claude", "anthropic"), ("gemini", "google"), ("gemma", "google"),
    ("palm", "google"), ("llama", "meta"), ("meta-llama", "meta"), ("codellama", "meta"),
    ("mistral", "mistral"), ("mixtral", "mistral"), ("ministral", "mistral"),
    ("magistral", "mistral"), ("codestral", "mistral"), ("devstral", "mistral"),
    ("pixtral", "mistral"), ("deepseek", "deepseek"), ("qwen", "alibaba"), ("qwq", "alibaba"),
    ("grok", "xai"), ("command", "cohere"), ("aya", "cohere"), ("c4ai", "cohere"),
    ("nova", "amazon"), ("titan", "amazon"), ("phi", "microsoft"), ("wizardlm", "microsoft"),
    ("kimi", "moonshot"), ("moonshot", "moonshot"), ("glm", "zhipu"), ("minimax", "minimax"),
    ("yi-", "01-ai"), ("jamba", "ai21"), ("granite", "ibm"), ("nemotron", "nvidia"),
    ("sonar", "perplexity"), ("falcon", "tii"), ("olmo", "allenai"), ("ernie", "baidu"),
    ("hunyuan", "tencent"), ("step-", "stepfun"), ("doubao", "bytedance"),
)  # fmt: skip
FAMILIES = frozenset(family for _, family in _PREFIXES)
"""All families that the table knows."""


def family_of(model: str) -> str | None:
    """The family of a litellm model string, e.g. ``openrouter/deepseek/deepseek-v3.2``.

    Returns a lower-case maker's name, or None where the table does not know the model. A
    scripted seat has no model, whatever its name begins with.
    """
    if model.startswith(SCRIPTED):
        return None
    parts = [part for part in model.lower().split("/") if part not in _ROUTERS]
    if not parts:
        return None
    # Bedrock and others join maker and model with a dot: "us.anthropic.claude-sonnet-4".
    name = re.sub(r"^(?:[a-z-]+\.)+(?=[a-z])", "", parts[-1])
    distilled = _DISTILLED.search(name)
    return _lookup(distilled["base"] if distilled else name)


def _lookup(name: str) -> str | None:
    for prefix, family in _PREFIXES:
        if name.startswith(prefix):
            return family
    return None
