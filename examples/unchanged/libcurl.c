/* An application that knows nothing of mtt-mock, with libcurl. */
#include <curl/curl.h>
#include <stdio.h>

int main(void) {
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, "https://webapicommon.mtt.ru/index.php");
    curl_easy_setopt(curl, CURLOPT_USERPWD, "login:password");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"deleteCallBackFollowme\","
        "\"params\":{\"customer_name\":\"883140500000000\"}}");
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) fprintf(stderr, "%s\n", curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return code;
}
