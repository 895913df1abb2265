# An application that knows nothing of mtt-mock, with Net::HTTP.
require 'json'
require 'net/http'

uri = URI('https://webapicommon.mtt.ru/index.php')
request = Net::HTTP::Post.new(uri)
request.basic_auth('login', 'password')
request.body = JSON.generate(
  jsonrpc: '2.0', id: 1, method: 'deleteCallBackFollowme',
  params: { customer_name: '883140500000000' }
)
answer = Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(request) }
puts answer.body
