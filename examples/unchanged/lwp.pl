# An application that knows nothing of mtt-mock, with LWP.
use strict;
use warnings;
use HTTP::Request;
use LWP::UserAgent;

my $request = HTTP::Request->new(POST => 'https://webapicommon.mtt.ru/index.php');
$request->authorization_basic('login', 'password');
$request->content('{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme",'
    . '"params":{"customer_name":"883140500000000"}}');
my $answer = LWP::UserAgent->new->request($request);
die $answer->status_line . "\n" unless $answer->is_success;
print $answer->decoded_content, "\n";
