// Drives java.net.http with Jackson, for want of a JSON-RPC library in Debian: LIBRARY URL.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.List;
import java.util.Map;

class Client {
  public static void main(String[] arguments) throws Exception {
    var json = new ObjectMapper();
    var http = HttpClient.newHttpClient();
    var login = "Basic " + Base64.getEncoder().encodeToString("login:password".getBytes());
    Object customer = Map.of("customer_name", "883140500000000");
    Object element = Map.of("type", "ringall", "redirect_number", "79000000001");
    Object set = Map.of("customer_name", "883140500000000", "callBackFollowmeStruct", List.of(element));
    Object[][] calls = {
      {"first", "deleteCallBackFollowme", customer},
      {"error", "getCallBackFollowme", customer},
      {"success", "setCallBackFollowme", set},
      {"refusal", "setCallBackFollowme", set},
      {"position", "deleteCallBackFollowme", List.of("883140500000000")},
      {"cyrillic", "deleteCallBackFollowme", Map.of("customer_name", "Анна")},
    };
    ObjectNode answers = json.createObjectNode();
    for (int id = 1; id <= calls.length; id++) {
      Object[] call = calls[id - 1];
      var request = Map.of("jsonrpc", "2.0", "id", id, "method", call[1], "params", call[2]);
      var sent = HttpRequest.newBuilder(URI.create(arguments[1])).header("Authorization", login)
          .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(request))).build();
      JsonNode answer = json.readTree(http.send(sent, BodyHandlers.ofString()).body());
      ObjectNode shown = answers.putObject((String) call[0]);
      if (answer.has("error")) {
        shown.put("error", "the envelope").put("all", answer.toString());
      } else {
        shown.set("value", answer.get("result"));
      }
    }
    System.out.println(answers);
  }
}
