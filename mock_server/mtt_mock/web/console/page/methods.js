// The methods of MTT's API, in the order of its page.

export const METHODS = [
  "setCallBackFollowme",
  "getCallBackFollowme",
  "deleteCallBackFollowme",
  "setCallBackPrompt",
  "getCallBackFollowmeCallInfo",
  "makeCallBackCallFollowme",
  "getCustomerBalance",
];
