// Dereferences and validates the OpenRPC document on stdin; prints the names of its methods.
const { parseOpenRPCDocument, validateOpenRPCDocument } = require("@open-rpc/schema-utils-js");

parseOpenRPCDocument(JSON.parse(require("fs").readFileSync(0, "utf8"))).then((document) => {
  const valid = validateOpenRPCDocument(document);
  if (valid !== true) throw valid;
  console.log(document.methods.map((method) => method.name).join(" "));
});
