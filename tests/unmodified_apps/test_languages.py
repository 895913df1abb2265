"""Unchanged programs in several languages with MTT's URL under ``mtt-mock exec``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from mtt_mock.interception import child_env
from support.processes import run

pytestmark = pytest.mark.process

EXAMPLES = Path(__file__).parents[2] / "examples/unchanged"
ANSWER = '{"jsonrpc":"2.0","result":{"success":1},"id":1}\n'
SUMMARY = (
    "mtt-mock: 1 request: 1 setCallBackFollowme\n"
    "mtt-mock: 0 conflicts\n"
    "mtt-mock: 0 contract problems\n"
)


def needs(program, *check):
    """Skip if ``program`` is missing or fails ``check``."""
    found = shutil.which(program)
    missing = found is None or (
        check and subprocess.run([program, *check], capture_output=True, check=False).returncode
    )
    reason = f"{program} is not installed" if found is None else f"{program} lacks an extension"
    return pytest.mark.skipif(bool(missing), reason=reason)


php = needs("php", "-r", "exit(extension_loaded('curl') && extension_loaded('openssl') ? 0 : 1);")
node = needs("node", "-e", "process.exit(globalThis.fetch ? 0 : 1)")
curl = needs("curl")


def execute(*command, options=(), **more):
    return run("exec", *options, "--", *command, **more)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("program", "file"),
    [
        pytest.param(sys.executable, "app.py", id="python"),
        pytest.param("php", "app.php", id="php-curl", marks=php),
        pytest.param("php", "streams.php", id="php-streams", marks=php),
        pytest.param("node", "fetch.mjs", id="node-fetch", marks=node),
        pytest.param("node", "https.cjs", id="node-https", marks=node),
        pytest.param("sh", "app.sh", id="curl", marks=curl),
    ],
)
def test_an_unchanged_program_meets_the_fake(program, file):
    assert "https://webapicommon.mtt.ru/index.php" in (EXAMPLES / file).read_text()
    done = execute(program, EXAMPLES / file)
    assert (done.returncode, done.stdout, done.stderr) == (0, ANSWER, SUMMARY)


@php
def test_php_streams_keep_their_behaviour(tmp_path):
    script = tmp_path / "app.php"
    script.write_text(
        """<?php
        $url = 'https://webapicommon.mtt.ru/index.php';
        $headers = ['http' => ['ignore_errors' => true, 'header' => "Authorization: Basic YTpi"]];
        // The status line, in the script's own scope.
        file_get_contents($url);
        echo $http_response_header[0], "\\n";
        // A context of the script's stays what it was.
        $context = stream_context_create($headers);
        $stream = fopen($url, 'r', false, $context);
        stream_set_timeout($stream, 5);
        echo stream_context_get_options($context) === $headers ? 'same' : 'changed', "\\n";
        echo strlen(stream_get_contents($stream)) > 100 ? 'map' : 'short', "\\n";
        fclose($stream);
        // The default context counts, plain http works, others are refused, wrappers stay.
        stream_context_set_default($headers);
        echo json_decode(file_get_contents($url))->transport, "\\n";
        echo json_decode(file_get_contents('http://webapicommon.mtt.ru/index.php'))->transport, "\\n";
        copy($url, $argv[1]);
        echo json_decode(file_get_contents($argv[1]))->transport, "\\n";
        echo file_get_contents('data:,x'), file_get_contents('php://memory'), "\\n";
        """
    )
    done = execute("php", "-d", "display_errors=0", "-d", "log_errors=0", script, tmp_path / "copy")
    assert done.stdout.splitlines() == [
        "HTTP/1.1 401 Unauthorized",
        "same",
        "map",
        "POST",
        "POST",
        "POST",
        "x",
    ], done.stderr


@php
def test_php_checks_the_certificate_and_trusts_public_roots(tmp_path):
    script = tmp_path / "app.php"
    script.write_text(
        "<?php $file = ini_get('openssl.cafile');"
        "echo $file === ini_get('curl.cainfo') ? 'same ' : 'other ';"
        "echo substr_count(file_get_contents($file), 'BEGIN CERTIFICATE') > 50 ? 'roots' : 'bare';"
        "$all = openssl_x509_parse(file_get_contents(getenv('SSL_CERT_FILE'))) !== false;"
        "$c = curl_init('https://webapicommon.mtt.ru/index.php');"
        "curl_setopt($c, CURLOPT_CAINFO, $argv[1]); curl_setopt($c, CURLOPT_RETURNTRANSFER, true);"
        "curl_exec($c); echo ' ', curl_errno($c);"
    )
    (tmp_path / "none.pem").write_text("")
    done = execute("php", script, tmp_path / "none.pem")
    assert done.stdout.startswith("same roots ")
    assert done.stdout.split()[-1] in ("60", "77")  # libcurl: not verified, or no certificates


@php
def test_php_streams_with_certificates_of_their_own_trust_the_fake(tmp_path):
    script = tmp_path / "app.php"
    script.write_text(
        "<?php $tls = ['cafile' => $argv[1], 'verify_peer' => true];"
        "$context = stream_context_create(['ssl' => $tls, 'http' => ['ignore_errors' => true]]);"
        "$url = 'https://webapicommon.mtt.ru/index.php';"
        "echo fopen($url, 'r', false, $context) ? 'open' : 'failed';"
    )
    done = execute("php", script, certifi.where())
    assert "mtt-mock: 1 request" in done.stderr, done.stdout + done.stderr


@node
def test_node_connects_by_every_api(tmp_path):
    script = tmp_path / "app.mjs"
    script.write_text(
        """
        import http from 'node:http';
        import https from 'node:https';
        import net from 'node:net';
        import tls from 'node:tls';
        import { Worker } from 'node:worker_threads';
        const host = 'webapicommon.mtt.ru';
        const status = (get) => new Promise((done, fail) => get(done).on('error', fail));
        const ended = (socket) => new Promise((done, fail) =>
          socket.on('error', fail).on('end', () => fail('ended')).on('data', (data) => done(String(data).split(' ')[1]))
            .write('OPTIONS /index.php HTTP/1.0\\r\\n\\r\\n'));
        console.log((await status((done) => https.get(`https://${host}/index.php`, done))).statusCode);
        console.log((await status((done) => http.get(`http://${host}/index.php`, done))).statusCode);
        console.log((await status((done) => https.get({ host: 'WebApiCommon.mtt.ru.', path: '/x',
          servername: host }, done))).statusCode);
        console.log(await ended(tls.connect(443, host, { servername: host })));
        console.log(await ended(net.connect(80, host)));
        console.log(await ended(net.connect({ port: 80, host })));
        console.log(await ended(new net.Socket().connect(80, host)));
        console.log(await new Promise((done) => new Worker(
          `fetch('https://${host}/index.php').then((answer) =>
            require('node:worker_threads').parentPort.postMessage(answer.status))`,
          { eval: true }).on('message', done)));
        console.log((await status((done) => https.get({ host, path: '/index.php',
          ca: tls.rootCertificates[0] }, done))).statusCode);
        // Others are left alone, and certificates are checked.
        const other = http.createServer((_, answer) => answer.end('other')).listen(0, '127.0.0.1');
        await new Promise((done) => other.on('listening', done));
        console.log(await (await fetch(`http://127.0.0.1:${other.address().port}/`)).text());
        other.close();
        console.log(await status((done) => https.get({ host, servername: 'mtt.example' }, done)).catch((error) =>
          error.code));
        """
    )
    done = execute("node", script)
    lines = done.stdout.splitlines()
    statuses = ["401", "401", "404", "200", "200", "200", "200", "401", "401"]
    assert lines == [*statuses, "other", "ERR_TLS_CERT_ALTNAME_INVALID"], done.stderr


DEFAULT_CERTIFICATES = """
const tls = require('node:tls');
tls.setDefaultCACertificates = (certificates) => console.log(certificates.join());
process.env.MTT_MOCK_REDIRECT = '{"hosts": [], "authority": "ours"}';
require(process.argv[1]);
tls.setDefaultCACertificates(['theirs']);
"""


CHILDREN_OF_BUN = """
const show = (...options) => options.map((option) => JSON.stringify(option)).join();
globalThis.Bun = { spawn: show, spawnSync: show };
process.env.MTT_MOCK_REDIRECT = '{"hosts": []}';
process.env.MTT_MOCK_ENVIRONMENT = '{"A": "1"}';
require(process.argv[1]);
const kept = JSON.stringify({ B: '2', A: '1', MTT_MOCK_ENVIRONMENT: '{"A": "1"}' });
console.log(Bun.spawn(['x'], { env: { B: '2' } }) === `["x"],{"env":${kept}}`);
console.log(Bun.spawnSync({ cmd: ['x'] }));
"""


@node
def test_children_of_bun_keep_the_variables():
    redirect = Path(child_env.__file__).with_name("node") / "redirect.cjs"
    command = ["node", "-e", CHILDREN_OF_BUN, redirect]
    assert subprocess.check_output(command, text=True) == 'true\n{"cmd":["x"]}\n'


@node
def test_node_with_default_certificates_of_its_own_trusts_the_fake():
    redirect = Path(child_env.__file__).with_name("node") / "redirect.cjs"
    command = ["node", "-e", DEFAULT_CERTIFICATES, redirect]
    assert subprocess.check_output(command, text=True) == "theirs,ours\n"


@pytest.mark.unmeasured
@curl
def test_curl_to_other_hosts_is_refused():
    done = execute("curl", "-sS", "-o", "/dev/null", "https://example.com/")
    # curl's errors "receive", "proxy" and, from about 8.20 on, "couldn't connect"
    assert done.returncode in (56, 97, 7), done.stderr
    assert "response 403" in done.stderr
    assert "mtt-mock: 0 requests reached the fake\nmtt-mock: WARNING: No request" in done.stderr
    assert done.stderr.endswith(
        "mtt-mock: 0 conflicts\n"
        "mtt-mock: 0 contract problems\n"
        "mtt-mock: 1 connection to other hosts refused (--pass-on)\n"
        "mtt-mock:   example.com:443\n"
    )
    plain = execute("curl", "-sS", "http://example.com/", options=["--quiet"])
    assert (plain.stdout, plain.stderr) == (
        "mtt-mock proxy: example.com:80 is refused: only the MTT host is served; --pass-on lets "
        "others through\n",
        "",
    )


@curl
def test_plain_http_to_mtt_uses_the_proxy():
    done = execute("curl", "-sS", "-u", "a:b", "http://webapicommon.mtt.ru/index.php")
    assert '"transport":"POST"' in done.stdout


def test_a_python_without_mtt_mock_meets_the_fake():
    # The interpreter below the virtual environment: what it has is what the variables bring.
    base = os.path.realpath(sys.executable)
    without = "import importlib.util as u; print(u.find_spec('mtt_mock') is None)"
    bare = subprocess.run([base, "-c", without], capture_output=True, text=True, check=True)
    if bare.stdout != "True\n":
        pytest.skip("these tests run in no virtual environment")
    done = execute(base, EXAMPLES / "app.py")
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr


PLAIN_REQUEST_TO_A_PROXY = """
const proxy = new URL(process.env.HTTPS_PROXY);
const body = '{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme","params":{"customer_name":"1"}}';
const request = require('http').request({
  host: proxy.hostname, port: proxy.port, method: 'POST', auth: 'login:password',
  path: 'https://webapicommon.mtt.ru/index.php',
  headers: {host: 'webapicommon.mtt.ru', 'content-length': body.length},
}, (response) => response.on('data', (data) => console.log(data.toString())));
request.end(body);
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_uses_the_proxy_as_axios_does():
    # axios up to 1.16.0, request and needle: Node gives the connection MTT's name as servername.
    done = execute("node", "-e", PLAIN_REQUEST_TO_A_PROXY)
    assert '"success":1' in done.stdout, done.stderr
