// An application that knows nothing of mtt-mock, with java.net.http.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class HttpClientApp {
    public static void main(String[] arguments) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                URI.create("https://webapicommon.mtt.ru/index.php"))
            .header("Authorization", "Basic bG9naW46cGFzc3dvcmQ=")
            .POST(HttpRequest.BodyPublishers.ofString(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"deleteCallBackFollowme\","
                + "\"params\":{\"customer_name\":\"883140500000000\"}}"))
            .build();
        System.out.println(HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
