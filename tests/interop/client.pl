# Drives Perl's JSON::RPC as its documents say: LIBRARY URL. Prints what the caller gets.
use strict;
use warnings;
use utf8;
use JSON;
use JSON::RPC::Legacy::Client;
use MIME::Base64 qw(encode_base64);

my ($library, $url) = @ARGV;
my $customer = "883140500000000";
my $set = {customer_name => $customer, callBackFollowmeStruct => [{type => "ringall", redirect_number => "79000000001"}]};
my @calls = (
    ["first", "deleteCallBackFollowme", {customer_name => $customer}],
    ["error", "getCallBackFollowme", {customer_name => $customer}],
    ["success", "setCallBackFollowme", $set],
    ["refusal", "setCallBackFollowme", $set],
    ["position", "deleteCallBackFollowme", [$customer]],
    ["cyrillic", "deleteCallBackFollowme", {customer_name => "Анна"}],
);
my $client = JSON::RPC::Legacy::Client->new;
$client->ua->default_header(Authorization => "Basic " . encode_base64("login:password", ""));
my (%answers, $id);
for my $call (@calls) {
    my ($name, $method, $params) = @$call;
    my %request = (method => $method, params => $params);
    %request = (%request, jsonrpc => "2.0", id => ++$id) if $library eq "JSON::RPC 2.0";
    my $answer = $client->call($url, \%request);
    if (!$answer) {
        $answers{$name} = {error => "undef, " . $client->status_line, all => ""};
    } elsif ($answer->is_error) {
        $answers{$name} = {error => "is_error", all => encode_json($answer->error_message)};
    } else {
        $answers{$name} = {value => $answer->result};
    }
}
print encode_json(\%answers), "\n";
