<?php
// An application that knows nothing of mtt-mock, with Symfony's HTTP client on PHP's streams.
require 'Symfony/Component/HttpClient/autoload.php';

$client = new Symfony\Component\HttpClient\NativeHttpClient(['auth_basic' => 'login:password']);
$response = $client->request('POST', 'https://webapicommon.mtt.ru/index.php', ['json' => [
    'jsonrpc' => '2.0', 'id' => 1, 'method' => 'deleteCallBackFollowme',
    'params' => ['customer_name' => '883140500000000'],
]]);
echo $response->getContent(), "\n";
