// Node loads this when it starts, where mtt-mock has put it into NODE_OPTIONS. Node's own fetch and
// https ask nobody for a proxy, so connections to the MTT host are sent to the fake here, below TLS:
// the name that the certificate is checked for stays.
'use strict';
const net = require('node:net');

const told = JSON.parse(process.env.MTT_MOCK_REDIRECT || 'null');

function redirected(options) {
  const names = [options.host, options.hostname, options.servername];
  const meant = names.some((name) => typeof name === 'string' &&
    told.hosts.includes(name.toLowerCase().replace(/\.$/, '')));
  if (!meant || options.path) return options;
  const port = Number(options.port) === 80 ? told.http_port : told.tls_port;
  return { ...options, host: '127.0.0.1', port, lookup: undefined, family: 4 };
}

if (told) {
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
}
