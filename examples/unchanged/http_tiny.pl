# An application that knows nothing of mtt-mock, with HTTP::Tiny.
use strict;
use warnings;
use HTTP::Tiny;

my $answer = HTTP::Tiny->new(verify_SSL => 1)->post(
    'https://login:password@webapicommon.mtt.ru/index.php',
    {   content => '{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme",'
            . '"params":{"customer_name":"883140500000000"}}' },
);
die $answer->{content} unless $answer->{success};
print $answer->{content}, "\n";
