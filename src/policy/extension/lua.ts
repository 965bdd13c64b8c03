// Scripts as Envoy gets them. One is given as it is written. Several of one place become one, each with globals of its own: Envoy runs one
// script for a route. To be checked, a script is only loaded, with nothing in reach that touches a machine.

/** Text as a Lua literal on one line, whatever is in it. */
function literal(text: string): string {
  const escaped = text.replace(/[\\"\n\r\0]/g, (each) => ({ '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\0': '\\000' })[each] ?? each);
  return `"${escaped}"`;
}

export interface Script {
  /** `namespace/name` of its document: Lua names it where it goes wrong. */
  readonly name: string;
  readonly source: string;
}

const JOINED = `local scripts = {}
local function add(name, source)
  local own = setmetatable({}, { __index = _G })
  local chunk, problem = loadstring(source, "=" .. name)
  if not chunk then error(problem, 0) end
  setfenv(chunk, own)
  chunk()
  scripts[#scripts + 1] = own
end
local function defined(what)
  for i = 1, #scripts do if rawget(scripts[i], what) then return true end end
end
`;
const CALLS = `if defined("envoy_on_request") then
  function envoy_on_request(handle)
    for i = 1, #scripts do
      local call = rawget(scripts[i], "envoy_on_request")
      if call then call(handle) end
    end
  end
end
if defined("envoy_on_response") then
  function envoy_on_response(handle)
    for i = #scripts, 1, -1 do
      local call = rawget(scripts[i], "envoy_on_response")
      if call then call(handle) end
    end
  end
end
`;

/** All scripts as one: in order on requests, the other way round on responses. */
export function joinedScript(scripts: readonly Script[]): string {
  const [only] = scripts;
  if (scripts.length === 1 && only !== undefined) return only.source;
  return `${JOINED}${scripts.map(({ name, source }) => `add(${literal(name)}, ${literal(source)})\n`).join('')}${CALLS}`;
}

/**
 * A script that only looks whether another one can be loaded: it is compiled, and what stands outside of its functions is run without `os`,
 * `io`, `require`, `load` and the like, because the control plane lets Envoy check it on its own machine.
 */
export function checkingScript({ name, source }: Script): string {
  return `local own = {}
for _, name in ipairs({ "string", "table", "math", "assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawset", "select",
  "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall", "_VERSION" }) do own[name] = _G[name] end
own._G = own
own.print = function() end
local chunk, problem = loadstring(${literal(source)}, ${literal(`=${name}`)})
if not chunk then error(problem, 0) end
setfenv(chunk, own)
local loaded, reason = pcall(chunk)
if not loaded then error(reason, 0) end
if type(own.envoy_on_request) ~= "function" and type(own.envoy_on_response) ~= "function" then
  error(${literal(`${name}: neither envoy_on_request nor envoy_on_response is defined`)}, 0)
end
`;
}
