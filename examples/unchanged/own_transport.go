// An application that knows nothing of mtt-mock, with a Transport of its own.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	body := `{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme",` +
		`"params":{"customer_name":"883140500000000"}}`
	request, _ := http.NewRequest("POST", "https://webapicommon.mtt.ru/index.php", strings.NewReader(body))
	request.SetBasicAuth("login", "password")
	answer, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(string(text))
}
