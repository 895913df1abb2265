<?php
// An application that knows nothing of mtt-mock, with Guzzle; "stream" as argument: on PHP's streams.
require 'GuzzleHttp/autoload.php';

$options = ['auth' => ['login', 'password']];
if (($argv[1] ?? '') === 'stream') {
    $options['handler'] = GuzzleHttp\HandlerStack::create(new GuzzleHttp\Handler\StreamHandler());
}
$client = new GuzzleHttp\Client($options);
$response = $client->post('https://webapicommon.mtt.ru/index.php', ['json' => [
    'jsonrpc' => '2.0', 'id' => 1, 'method' => 'deleteCallBackFollowme',
    'params' => ['customer_name' => '883140500000000'],
]]);
if ($response->getHeaderLine('Content-Type') !== 'application/json') {
    exit(1);
}
echo $response->getBody(), "\n";
