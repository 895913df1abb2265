#!/usr/bin/env bash
# truststore 0.10.5 (PyPI): what `inject_into_ssl()`, meant for the certificates that clients trust, does to a server in
# the same process, for instance a receiver of events within a test.
#
# Guess before the run: a server's `sni_callback` is called with the name that the client asks for, as before.
# Behaviour: it is never called, and nothing says so: setting it stores an attribute of the wrapper that nobody reads.
# So a server that chooses its certificate by name gives everybody its first one. Other settings, as `keylog_filename`
# or `minimum_version`, are passed on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q truststore==0.10.5 trustme==1.2.1
cat >serve.py <<'PYTHON'
import socket
import ssl
import threading

import trustme
import truststore

authority = trustme.CA()
for name in ("default", "named"):
    authority.issue_cert(f"{name}.test").private_key_and_cert_chain_pem.write_to_path(f"{name}.pem")


def ask(name):
    chosen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chosen.load_cert_chain("named.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("default.pem")
    asked = []

    def choose(connection, server_name, _):
        asked.append(server_name)
        connection.context = chosen

    context.sni_callback = choose
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
            connection.recv(1)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    client = client_class(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
    client.check_hostname = False
    with client.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname="named.test") as connection:
        names = [value for _, value in connection.getpeercert()["subjectAltName"]]
        version = connection.version()
    thread.join()
    print(f"{name}: asked {asked}, certificate of {names}, {version}")


client_class = ssl.SSLContext
ask("ssl")
truststore.inject_into_ssl()
ask("ssl with truststore")
truststore.extract_from_ssl()
ask("ssl again")
PYTHON
timeout 60 venv/bin/python serve.py | tee output
diff output - <<'EXPECTED'
ssl: asked ['named.test'], certificate of ['named.test'], TLSv1.3
ssl with truststore: asked [], certificate of ['default.test'], TLSv1.3
ssl again: asked ['named.test'], certificate of ['named.test'], TLSv1.3
EXPECTED
