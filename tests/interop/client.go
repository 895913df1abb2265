// Drives Go's JSON-RPC libraries over HTTP: LIBRARY URL. Prints what the caller gets.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/rpc/jsonrpc"
	"os"
	"strings"

	"github.com/sourcegraph/jsonrpc2"
)

type object = map[string]interface{}

// post sends a request with Basic Auth and returns the body of the response.
func post(url string, request []byte) ([]byte, error) {
	sent, _ := http.NewRequest("POST", url, bytes.NewReader(request))
	sent.SetBasicAuth("login", "password")
	response, err := http.DefaultClient.Do(sent)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// stream is sourcegraph/jsonrpc2's ObjectStream: each object written is a request.
type stream struct {
	url       string
	responses chan []byte
}

func (s stream) WriteObject(request interface{}) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	body, err := post(s.url, text)
	s.responses <- body
	return err
}

func (s stream) ReadObject(response interface{}) error {
	return json.Unmarshal(<-s.responses, response)
}

func (s stream) Close() error { return nil }

// connection is net/rpc/jsonrpc's: each write is a request.
type connection struct {
	*io.PipeReader
	responses *io.PipeWriter
	url       string
}

func (c connection) Write(request []byte) (int, error) {
	body, err := post(c.url, request)
	go c.responses.Write(body)
	return len(request), err
}

func main() {
	library, url := os.Args[1], os.Args[2]
	customer := object{"customer_name": "883140500000000"}
	element := object{"type": "ringall", "redirect_number": "79000000001"}
	set := object{"customer_name": "883140500000000", "callBackFollowmeStruct": []object{element}}
	calls := []struct {
		name, method string
		params       interface{}
	}{
		{"first", "deleteCallBackFollowme", customer},
		{"error", "getCallBackFollowme", customer},
		{"success", "setCallBackFollowme", set},
		{"refusal", "setCallBackFollowme", set},
		{"position", "deleteCallBackFollowme", []string{"883140500000000"}},
		{"cyrillic", "deleteCallBackFollowme", object{"customer_name": "Анна"}},
	}
	client := jsonrpc2.NewConn(context.Background(), stream{url, make(chan []byte, 1)}, nil)
	answers := object{}
	for _, call := range calls {
		var result interface{}
		var err error
		if strings.HasPrefix(library, "net/rpc/jsonrpc") {
			reader, writer := io.Pipe()
			err = jsonrpc.NewClient(connection{reader, writer, url}).Call(call.method, call.params, &result)
		} else {
			err = client.Call(context.Background(), call.method, call.params, &result)
		}
		if err != nil {
			all, _ := json.Marshal(err)
			answers[call.name] = object{"error": fmt.Sprintf("%T", err), "all": string(all) + err.Error()}
		} else {
			answers[call.name] = object{"value": result}
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
