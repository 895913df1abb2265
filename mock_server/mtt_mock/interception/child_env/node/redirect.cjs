// Leads connections to the MTT host to the fake, below TLS: the name that the certificate is checked
// for stays. Node loads this file at its start through NODE_OPTIONS, Bun through BUN_OPTIONS. It is
// needed because Node's own fetch and https ignore the proxy variables.
'use strict';
const childProcess = require('node:child_process');
const http2 = require('node:http2');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');
const { delimiter } = require('node:path');
const tls = require('node:tls');

function readTarget() {
  try {
    return JSON.parse(process.env.MTT_MOCK_REDIRECT || 'null');
  } catch {
    return null; // Deno without --allow-env; it uses the proxy
  }
}

const target = readTarget();
const SEPARATORS = {
  PYTHONPATH: delimiter, NODE_OPTIONS: ' ', BUN_OPTIONS: ' ', JAVA_TOOL_OPTIONS: ' ',
};

// Returns env with what mtt-mock has added to the environment of this process.
function completed(env) {
  const kept = process.env.MTT_MOCK_ENVIRONMENT;
  const variables = { ...env };
  for (const [name, own] of Object.entries(JSON.parse(kept || '{}'))) {
    const given = variables[name];
    if (!given) variables[name] = own;
    else if (SEPARATORS[name] && !given.includes(own)) {
      variables[name] = own + SEPARATORS[name] + given;
    }
  }
  return kept ? { ...variables, MTT_MOCK_ENVIRONMENT: kept } : variables;
}

function keepVariables() {
  // spawn, exec, execFile and fork come to this method.
  const { spawn } = childProcess.ChildProcess.prototype;
  childProcess.ChildProcess.prototype.spawn = function (options) {
    const pairs = (options.envPairs || []).map((pair) => {
      const end = pair.indexOf('=', 1);
      return [pair.slice(0, end), pair.slice(end + 1)];
    });
    const env = completed(Object.fromEntries(pairs));
    const envPairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return spawn.call(this, { ...options, envPairs });
  };
  const keepIn = (owner, names) => {
    for (const name of names) {
      const original = owner[name];
      owner[name] = (...args) => original(...args.map((argument) =>
        argument && !Array.isArray(argument) && argument.env
          ? { ...argument, env: completed(argument.env) } : argument));
    }
  };
  keepIn(childProcess, ['execFileSync', 'execSync', 'spawnSync']);
  if (globalThis.Bun) keepIn(globalThis.Bun, ['spawn', 'spawnSync']);
}

function isMtt(name) {
  return typeof name === 'string' && target.hosts.includes(name.toLowerCase().replace(/\.$/, ''));
}

function redirected(options) {
  // The servername counts only without a host: http.Agent fills it from the Host header, so on a
  // connection to a proxy it is MTT's name while the host is the proxy's.
  const hosts = [options.host, options.hostname].filter((name) => name);
  const names = hosts.length ? hosts : [options.servername];
  if (!names.some(isMtt) || options.path) return options;
  const port = Number(options.port) === 80 ? target.http_port : target.tls_port;
  return { ...options, host: '127.0.0.1', port, lookup: undefined, family: 4 };
}

if (target) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    if (Array.isArray(args[0])) {
      // What net.connect makes of its arguments: [options, callback], marked by a symbol.
      args[0][0] = redirected(args[0][0]);
    } else if (args[0] !== null && typeof args[0] === 'object') {
      args[0] = redirected(args[0]);
    } else if (typeof args[1] === 'string') {
      const options = redirected({ port: args[0], host: args[1] });
      [args[0], args[1]] = [options.port, options.host];
    }
    return connect.apply(this, args);
  };

  // NODE_EXTRA_CA_CERTS does not count for a client with certificates of its own.
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => createSecureContext(options?.ca && target.authority
    ? { ...options, ca: [options.ca, target.authority].flat() } : options);

  // Since Node 22.19; tls.getCACertificates() has the fake's where a program has set none.
  const { setDefaultCACertificates } = tls;
  if (setDefaultCACertificates && target.authority) {
    tls.setDefaultCACertificates = (certificates) =>
      setDefaultCACertificates([...certificates, target.authority]);
  }

  const connectHttp2 = http2.connect;
  http2.connect = function (authority, ...args) {
    if (isMtt(new URL(authority).hostname)) {
      throw new Error('mtt-mock: the fake speaks HTTP/1.1 only, and whether MTT speaks HTTP/2 is ' +
        'not known; use fetch or https');
    }
    return connectHttp2.call(this, authority, ...args);
  };
  keepVariables();
  syncBuiltinESMExports(); // for: import { connect } from 'node:http2'
}
