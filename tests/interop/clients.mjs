// Drives one JavaScript JSON-RPC library as its documents say: LIBRARY URL. Prints what the caller gets.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const CUSTOMER = "883140500000000";
const AUTHORIZATION = `Basic ${Buffer.from("login:password").toString("base64")}`;
const SET = {
  customer_name: CUSTOMER,
  callBackFollowmeStruct: [{ type: "ringall", redirect_number: "79000000001" }],
};
const CALLS = [
  ["first", "deleteCallBackFollowme", { customer_name: CUSTOMER }],
  ["error", "getCallBackFollowme", { customer_name: CUSTOMER }],
  ["success", "setCallBackFollowme", SET],
  ["refusal", "setCallBackFollowme", SET],
  ["position", "deleteCallBackFollowme", [CUSTOMER]],
  ["cyrillic", "deleteCallBackFollowme", { customer_name: "Анна" }],
];

const promised = (run) => new Promise((resolve, reject) => {
  run((error, result) => (error ? reject(error) : resolve(result)));
  setTimeout(() => reject(new Error("no answer within 5 s")), 5000).unref();
});
const resultOf = (answer) => {
  if (answer?.error) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer?.result;
};

const LIBRARIES = {
  jayson(url) {
    const { hostname, port, pathname } = new URL(url);
    const client = require("jayson").Client.http({ host: hostname, port, path: pathname, auth: "login:password" });
    return async (method, params) => resultOf(await promised((done) => client.request(method, params, done)));
  },
  "json-rpc-2.0"(url) {
    const { JSONRPCClient } = require("json-rpc-2.0");
    const client = new JSONRPCClient((request) => fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: AUTHORIZATION },
      body: JSON.stringify(request),
    }).then((response) => {
      if (response.status === 200) return response.json().then((answer) => client.receive(answer));
      if (request.id !== undefined) return Promise.reject(new Error(response.statusText));
    }));
    return (method, params) => client.request(method, params);
  },
  async "@open-rpc/client-js"(url) {
    const { RequestManager, HTTPTransport, Client } = await import(`${process.cwd()}/node_modules/@open-rpc/client-js/dist/index.js`);
    const transport = new HTTPTransport(url, { headers: { Authorization: AUTHORIZATION } });
    const client = new Client(new RequestManager([transport]));
    return (method, params) => client.request({ method, params }, 5000);
  },
  "typed-rpc"(url) {
    const { rpcClient } = require("typed-rpc");
    const client = rpcClient({ url, getHeaders: () => ({ Authorization: AUTHORIZATION }) });
    return (method, params) => client[method](...(Array.isArray(params) ? params : Object.values(params)));
  },
  lightrpc(url) {
    const Client = require("lightrpc");
    const client = new (Client.default ?? Client)(url, { headers: { Authorization: AUTHORIZATION } });
    return (method, params) => promised((done) => client.call(method, params, done));
  },
  "node-json-rpc"(url) {
    const { hostname, port, pathname } = new URL(url);
    const client = new (require("node-json-rpc").Client)({ host: hostname, port, path: pathname, login: "login", hash: "password" });
    let id = 0;
    return async (method, params) => resultOf(await promised((done) => client.call({ jsonrpc: "2.0", method, params, id: ++id }, done)));
  },
  "jsonrpc-ts"(url) {
    const { RpcClient } = require("jsonrpc-ts");
    const client = new RpcClient({ url, auth: { username: "login", password: "password" } });
    let id = 0;
    return async (method, params) => (await client.makeRequest({ jsonrpc: "2.0", method, params, id: ++id })).data.result;
  },
  "@walletconnect/jsonrpc-http-connection"(url) {
    const { HttpConnection } = require("@walletconnect/jsonrpc-http-connection");
    const { formatJsonRpcRequest } = require("@walletconnect/jsonrpc-utils");
    const connection = new HttpConnection(url.replace("://", "://login:password@"));
    return async (method, params) => {
      const payload = promised((done) => connection.once("payload", (answer) => done(null, answer)));
      await connection.send(formatJsonRpcRequest(method, params));
      return resultOf(await payload);
    };
  },
};

const [library, url] = process.argv.slice(2);
const answers = {};
let call;
try {
  call = await LIBRARIES[library](url);
} catch (error) {
  call = () => Promise.reject(error);
}
for (const [name, method, params] of CALLS) {
  try {
    answers[name] = { value: (await call(method, params)) ?? null };
  } catch (error) {
    const own = Object.fromEntries(Object.getOwnPropertyNames(error).map((key) => [key, error[key]]));
    let all = `${error} `;
    for (const key of Object.keys(own)) {
      try { all += `${key}=${JSON.stringify(own[key]) ?? own[key]} `; } catch { all += `${key} `; }
    }
    if (error.response?.data) all += JSON.stringify(error.response.data);
    answers[name] = { error: `${error.name}: ${error.message}`.slice(0, 120), all: all.slice(0, 6000) };
  }
}
console.log(JSON.stringify(answers));
process.exit(0);
