// Drives libjson-rpc-cpp as its documents say: LIBRARY URL. Prints what the caller gets.
#include <iostream>
#include <jsonrpccpp/client.h>
#include <jsonrpccpp/client/connectors/httpclient.h>

int main(int, char** argv) {
  std::string url = argv[2];
  url.insert(url.find("://") + 3, "login:password@");
  jsonrpc::HttpClient http(url);
  jsonrpc::Client client(http, jsonrpc::JSONRPC_CLIENT_V2);
  const std::string customer = "883140500000000";
  Json::Value by_name, set, position(Json::arrayValue), cyrillic, element, answers;
  by_name["customer_name"] = customer;
  element["type"] = "ringall";
  element["redirect_number"] = "79000000001";
  set["customer_name"] = customer;
  set["callBackFollowmeStruct"].append(element);
  position.append(customer);
  cyrillic["customer_name"] = "Анна";
  struct Call { const char *name, *method; Json::Value params; };
  const Call calls[] = {
      {"first", "deleteCallBackFollowme", by_name},
      {"error", "getCallBackFollowme", by_name},       {"success", "setCallBackFollowme", set},
      {"refusal", "setCallBackFollowme", set},         {"position", "deleteCallBackFollowme", position},
      {"cyrillic", "deleteCallBackFollowme", cyrillic}};
  for (const Call& call : calls) {
    try {
      answers[call.name]["value"] = client.CallMethod(call.method, call.params);
    } catch (const jsonrpc::JsonRpcException& error) {
      answers[call.name]["error"] = "JsonRpcException " + std::to_string(error.GetCode());
      answers[call.name]["all"] = std::to_string(error.GetCode()) + error.GetMessage() + error.GetData().toStyledString();
    }
  }
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  std::cout << Json::writeString(writer, answers) << "\n";
}
