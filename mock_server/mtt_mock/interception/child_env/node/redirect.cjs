// Leads connections to the MTT host to the fake, below TLS: the name that the certificate is checked
// for stays. Node loads this file at its start through NODE_OPTIONS, Bun through BUN_OPTIONS. It is
// needed because Node's own fetch and https ignore the proxy variables.
'use strict';
const http2 = require('node:http2');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');

function readTarget() {
  try {
    return JSON.parse(process.env.MTT_MOCK_REDIRECT || 'null');
  } catch {
    return null; // Deno without --allow-env; it uses the proxy
  }
}

const target = readTarget();

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

  const connectHttp2 = http2.connect;
  http2.connect = function (authority, ...args) {
    if (isMtt(new URL(authority).hostname)) {
      throw new Error('mtt-mock: the fake speaks HTTP/1.1 only, and whether MTT speaks HTTP/2 is ' +
        'not known; use fetch or https');
    }
    return connectHttp2.call(this, authority, ...args);
  };
  syncBuiltinESMExports(); // for: import { connect } from 'node:http2'
}
