// Calls `deliberate` with one of the TypeScript SDKs, and looks up what came of it.
//
// node call.cjs JSON, where JSON holds: modules (folder of the installed packages), sdk ("v1"
// or "v2"), mode (of v2: "legacy" or "auto"), command, args, env or url, arguments (of
// deliberate), timeout_ms (null for the SDK's own default).
//
// Writes a line of JSON for what `deliberate` gave or threw. Then waits for a line on stdin,
// reads the dossier "latest" until it is no longer running, writes that result and how many calls
// it took, and ends. A wait_s among the arguments of deliberate holds for those calls too.

const { createRequire } = require("node:module");
const readline = require("node:readline");

const given = JSON.parse(process.argv[2]);
const load = createRequire(`${given.modules}/package.json`);

function sdk() {
  if (given.sdk === "v1") {
    return {
      ...load("@modelcontextprotocol/sdk/client/index.js"),
      ...load("@modelcontextprotocol/sdk/client/stdio.js"),
      ...load("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    };
  }
  return {
    ...load("@modelcontextprotocol/client"),
    ...load("@modelcontextprotocol/client/stdio"),
  };
}

function tell(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function call(client, name, args, timeout_ms) {
  const options = timeout_ms ? { timeout: timeout_ms } : undefined;
  const params = { name, arguments: args };
  return given.sdk === "v1"
    ? client.callTool(params, undefined, options)
    : client.callTool(params, options);
}

async function verdict(client) {
  const { wait_s } = given.arguments;
  for (let calls = 1; ; calls += 1) {
    const asked = { dossier_id: "latest", ...(wait_s === undefined ? {} : { wait_s }) };
    const result = await call(client, "get_dossier", asked, given.timeout_ms);
    if (result.structuredContent?.status !== "running") return { result, calls };
  }
}

async function main() {
  const { Client, StdioClientTransport, StreamableHTTPClientTransport } = sdk();
  const settings = given.mode ? { versionNegotiation: { mode: given.mode } } : {};
  const client = new Client({ name: "clients-of-magi-mcp", version: "1" }, settings);
  const transport = given.url
    ? new StreamableHTTPClientTransport(new URL(given.url))
    : new StdioClientTransport({ command: given.command, args: given.args, env: given.env });
  await client.connect(transport);
  const begun = Date.now();
  try {
    const result = await call(client, "deliberate", given.arguments, given.timeout_ms);
    tell({ result, waited_ms: Date.now() - begun });
  } catch (error) {
    tell({ error: error.message, code: error.code, waited_ms: Date.now() - begun });
  }
  await readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
  tell(await verdict(client));
  await client.close();
  process.exit(0);
}

main();
