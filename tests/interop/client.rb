# Drives Ruby's HTTP libraries, for want of a JSON-RPC library in Debian: LIBRARY URL.
require "json"

CUSTOMER = { customer_name: "883140500000000" }
SET = CUSTOMER.merge(callBackFollowmeStruct: [{ type: "ringall", redirect_number: "79000000001" }])
CALLS = [
  ["first", "deleteCallBackFollowme", CUSTOMER],
  ["error", "getCallBackFollowme", CUSTOMER],
  ["success", "setCallBackFollowme", SET],
  ["refusal", "setCallBackFollowme", SET],
  ["position", "deleteCallBackFollowme", ["883140500000000"]],
  ["cyrillic", "deleteCallBackFollowme", { customer_name: "Анна" }]
]

library, url = ARGV
if library.start_with?("faraday")
  require "faraday"
  client = Faraday.new { |connection| connection.request :basic_auth, "login", "password" }
  post = ->(text) { client.post(url, text, "Content-Type" => "application/json").body }
else
  require "rest-client"
  client = RestClient::Resource.new(url, user: "login", password: "password")
  post = ->(text) { client.post(text, content_type: :json).body }
end

answers = CALLS.each_with_index.to_h do |(name, method, params), index|
  request = { jsonrpc: "2.0", id: index + 1, method: method, params: params }
  begin
    answer = JSON.parse(post.call(JSON.generate(request)))
    shown = answer.key?("error") ? { error: "the envelope", all: answer.to_json } : { value: answer["result"] }
  rescue StandardError => error
    body = error.respond_to?(:response) ? error.response.to_s : ""
    shown = { error: error.class.name, all: body }
  end
  [name, shown]
end
puts JSON.generate(answers)
