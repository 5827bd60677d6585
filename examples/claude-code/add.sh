#!/bin/sh
# Adds the server to Claude Code, for the project in the current directory. The keys are taken
# from your shell's environment; add `--scope user` to have the server in all projects.
claude mcp add magi \
    --env MAGI_SEATS=openai/gpt-5.4-nano,anthropic/claude-haiku-4-5,gemini/gemini-2.5-flash \
    --env OPENAI_API_KEY="$OPENAI_API_KEY" \
    --env ANTHROPIC_API_KEY="$ANTHROPIC_API_KEY" \
    --env GEMINI_API_KEY="$GEMINI_API_KEY" \
    -- uvx magi-mcp
