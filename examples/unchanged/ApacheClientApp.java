// An application that knows nothing of mtt-mock, with Apache HttpClient 4.
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.StringEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

public class ApacheClientApp {
    public static void main(String[] arguments) throws Exception {
        HttpPost request = new HttpPost("https://webapicommon.mtt.ru/index.php");
        request.addHeader("Authorization", "Basic bG9naW46cGFzc3dvcmQ=");
        request.setEntity(new StringEntity(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"deleteCallBackFollowme\","
            + "\"params\":{\"customer_name\":\"883140500000000\"}}"));
        try (CloseableHttpClient client = HttpClients.createDefault();
                CloseableHttpResponse response = client.execute(request)) {
            System.out.println(EntityUtils.toString(response.getEntity()));
        }
    }
}
