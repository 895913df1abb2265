#!/usr/bin/env bash
# JSON::RPC 1.06 (Debian 12, libjson-rpc-perl 1.06-3): its server, and the answer to a method that is not there.
#
# In JSON-RPC 2.0 each answer has "jsonrpc" and the id of its call; in a batch the id is all that says which call an
# answer belongs to. Here a batch of three calls, the second and third by mistaken names.
#
# Expected: the error -32601 comes with the id of its call, and ids come back as they were sent.
# Behaviour: it comes without an id and without "jsonrpc", also in a batch, so nothing says which call it belongs to;
# where a method dies, the error has both. An id above 2^64 comes back as a text of digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
mapfile -t packages < <(apt-get install -s --no-install-recommends libjson-rpc-perl=1.06-3 | awk '/^Inst/ { print $2 }')
apt-get -qq download libjson-rpc-perl=1.06-3 "${packages[@]}" 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
cat >serve.pl <<'PERL'
use strict;
use warnings;
use HTTP::Message::PSGI;
use HTTP::Request;
use JSON::PP;
use JSON::RPC::Dispatch;
use Router::Simple;

{
    package Handler;
    sub new { bless {}, shift }
    sub status { "ringing" }
    sub refuse { die "refused" }
}
$INC{"Handler.pm"} = 1;
my $router = Router::Simple->new;
$router->connect($_ => { handler => "+Handler", action => $_ }) for qw(status refuse);
my $dispatch = JSON::RPC::Dispatch->new(router => $router);
my $json = JSON::PP->new->canonical;
for my $body (
    '{"jsonrpc":"2.0","id":1,"method":"status"}',
    '{"jsonrpc":"2.0","id":1,"method":"refuse"}',
    '{"jsonrpc":"2.0","id":1,"method":"statu"}',
    '[{"jsonrpc":"2.0","id":1,"method":"status"},{"jsonrpc":"2.0","id":2,"method":"statu"},'
        . '{"jsonrpc":"2.0","id":3,"method":"stats"}]',
    '{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"status"}',
) {
    my $headers = ["Content-Type" => "application/json", "Content-Length" => length $body];
    my $response = $dispatch->handle_psgi(HTTP::Request->new(POST => "http://localhost/", $headers, $body)->to_psgi);
    my $answers = decode_json(join "", @{ $response->[2] });
    for my $answer (ref $answers eq "ARRAY" ? @$answers : $answers) {
        $answer->{error}{message} =~ s/ at .*//s if $answer->{error};
    }
    print "$body\n  ", $json->encode($answers), "\n";
}
PERL
PERL_JSON_BACKEND=JSON::PP perl -Iroot/usr/share/perl5 serve.pl | tee output
diff output - <<'EXPECTED'
{"jsonrpc":"2.0","id":1,"method":"status"}
  {"id":1,"jsonrpc":"2.0","result":"ringing"}
{"jsonrpc":"2.0","id":1,"method":"refuse"}
  {"error":{"code":-32603,"message":"refused"},"id":1,"jsonrpc":"2.0"}
{"jsonrpc":"2.0","id":1,"method":"statu"}
  {"error":{"code":-32601,"message":"Procedure 'statu' not found"}}
[{"jsonrpc":"2.0","id":1,"method":"status"},{"jsonrpc":"2.0","id":2,"method":"statu"},{"jsonrpc":"2.0","id":3,"method":"stats"}]
  [{"id":1,"jsonrpc":"2.0","result":"ringing"},{"error":{"code":-32601,"message":"Procedure 'statu' not found"}},{"error":{"code":-32601,"message":"Procedure 'stats' not found"}}]
{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"status"}
  {"id":"123456789012345678901234567890","jsonrpc":"2.0","result":"ringing"}
EXPECTED
