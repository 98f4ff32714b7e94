package reading

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vacant"
)

func TestErrorsAboutAnotherNameOrWithWordsAside(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       vacant.Verdict
	}{
		{"its own name", `{"errorCode":404,"title":"Not Found","description":["Domain FREE.dev not found."]}`, vacant.Available},
		{"no name", `{"errorCode":404,"title":"Not Found"}`, vacant.Available},
		{"a link to the registry", `{"errorCode":404,"title":"Not Found","description":["See https://nic.dev/help and www.nic.dev."]}`, vacant.Available},
		{"another name", `{"errorCode":404,"title":"Not Found","description":["Domain other.dev not found."]}`, vacant.Undetermined},
		{"another name in the title", `{"errorCode":404,"title":"OTHER-FREE.DEV."}`, vacant.Undetermined},
		{"reserved in a member of its own", `{"errorCode":404,"title":"Not Found","detail":"free.dev is reserved by the registry."}`, vacant.Reserved},
		{"reserved in a list in a list", `{"errorCode":404,"title":"Not Found","description":[["no",{"a":["free.dev is reserved by the registry."]}]]}`, vacant.Reserved},
		{"a limit in a member of its own", `{"errorCode":404,"title":"Not Found","hint":["Rate limit exceeded"]}`, vacant.Undetermined},
		{"Latin-1", "{\"errorCode\":404,\"title\":\"Non trouv\xe9\"}", vacant.Undetermined},
		{"deep", `{"errorCode":404,"title":"Not Found","description":` + strings.Repeat("[", 9000) + `"free.dev is reserved"` + strings.Repeat("]", 9000) + `}`, vacant.Reserved},
	} {
		got := RDAP("free.dev", RDAPReply{URL: "https://rdap.nic.dev/domain/free.dev", Status: 404, ContentType: rdapType, Body: []byte(tt.body)})
		if got.Verdict != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestAllStringsAreNoKeys(t *testing.T) {
	got := allStrings([]byte(`{"a":"1","b":["2",{"c":"3","d":{"e":["4"],"f":5,"g":"6"}},[["7"]]],"h":null,"i":"8"}`))
	if want := []string{"1", "2", "3", "4", "6", "7", "8"}; !slices.Equal(got, want) {
		t.Error(fmt.Sprint(got))
	}
}
