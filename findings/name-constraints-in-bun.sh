#!/usr/bin/env bash
# Bun 1.4.5: a private authority that may sign for one address range only.
#
# Name constraints (RFC 5280, 4.2.1.10) say for which names and addresses an authority may sign. A team's
# test authority with "localhost and 127.0.0.0/8 only" can be trusted without risk.
#
# Guess before the run: Bun takes a server certificate for localhost and 127.0.0.1 that such an authority has
# signed, as Node does; the client connects by the name.
# Behaviour: Node 24 gets the answer. Bun fails with UNSUPPORTED_CONSTRAINT_TYPE as soon as the certificate
# has an address among its names, whether it is permitted or not, and takes one with names alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q cryptography==46.0.3
npm install --silent --no-audit --no-fund --prefix "$folder" bun@1.4.5 node@24.21.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import datetime
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

folder = sys.argv[1]
now = datetime.datetime.now(datetime.timezone.utc)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
authority_key = ec.generate_private_key(ec.SECP256R1())
permitted = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_network("127.0.0.0/8"))]


def certificate(subject, key, extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
authority = certificate(
    name,
    authority_key,
    [
        (x509.BasicConstraints(True, None), True),
        (x509.NameConstraints(permitted, None), True),
        (usage, True),
    ],
)
open(f"{folder}/authority.pem", "wb").write(authority)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


def serve(names):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    extensions = [(x509.SubjectAlternativeName(names), False), (x509.BasicConstraints(False, None), True)]
    pem = certificate(subject, key, extensions) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    open(f"{folder}/server.pem", "wb").write(pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(f"{folder}/server.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://localhost:{server.server_port}/"


address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
urls = {"name": serve([x509.DNSName("localhost")]), "name and address": serve([x509.DNSName("localhost"), address])}
environment = {**os.environ, "NODE_EXTRA_CA_CERTS": f"{folder}/authority.pem"}
for names, url in urls.items():
    script = f"fetch({url!r}).then((r) => r.text(), (e) => e.code).then((t) => console.log(t))"
    for program in ("node", "bun"):
        run = subprocess.run(
            [f"{folder}/node_modules/.bin/{program}", "-e", script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        print(f"{program}, {names}: {run.stdout.strip()}")
PYTHON
diff "$folder/output" - <<'EXPECTED'
node, name: ok
bun, name: ok
node, name and address: ok
bun, name and address: UNSUPPORTED_CONSTRAINT_TYPE
EXPECTED
