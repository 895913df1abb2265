// An application that knows nothing of mtt-mock, with HttpURLConnection.
import java.net.HttpURLConnection;
import java.net.URL;

public class UrlConnectionApp {
    public static void main(String[] arguments) throws Exception {
        HttpURLConnection connection =
            (HttpURLConnection) new URL("https://webapicommon.mtt.ru/index.php").openConnection();
        connection.setRequestProperty("Authorization", "Basic bG9naW46cGFzc3dvcmQ=");
        connection.setDoOutput(true);
        connection.getOutputStream().write(
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"deleteCallBackFollowme\","
            + "\"params\":{\"customer_name\":\"883140500000000\"}}").getBytes());
        System.out.println(new String(connection.getInputStream().readAllBytes()));
    }
}
