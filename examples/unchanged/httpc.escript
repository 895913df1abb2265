#!/usr/bin/env escript
%% An application that knows nothing of mtt-mock, with Erlang's httpc.
main(_) ->
    {ok, _} = application:ensure_all_started(inets),
    {ok, _} = application:ensure_all_started(ssl),
    Authorization = "Basic " ++ base64:encode_to_string("login:password"),
    Body = <<"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"deleteCallBackFollowme\","
             "\"params\":{\"customer_name\":\"883140500000000\"}}">>,
    Trust = [{verify, verify_peer}, {cacertfile, "/etc/ssl/certs/ca-certificates.crt"},
             {customize_hostname_check,
              [{match_fun, public_key:pkix_verify_hostname_match_fun(https)}]}],
    {ok, {_, _, Answer}} = httpc:request(post,
        {"https://webapicommon.mtt.ru/index.php", [{"authorization", Authorization}],
         "application/json", Body}, [{ssl, Trust}], []),
    io:format("~s~n", [Answer]).
