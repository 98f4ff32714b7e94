package lab

import (
	"encoding/json"
	"net/http"
	"strings"
)

const rdapType = "application/rdap+json"

// rdapAnswer is what an RDAP server sends.
type rdapAnswer struct {
	status int
	kind   string // Content-Type, "" = none
	body   []byte
	header map[string]string // further ones
}

func (a rdapAnswer) write(w http.ResponseWriter) {
	if a.kind != "" {
		w.Header().Set("Content-Type", a.kind)
	}
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone needs no answer
}

// rdapJSON is an answer with a JSON body.
func rdapJSON(status int, body any) rdapAnswer {
	b, err := json.Marshal(body)
	if err != nil {
		return rdapAnswer{status: http.StatusInternalServerError}
	}
	return rdapAnswer{status: status, kind: rdapType, body: b}
}

// rdapRefusal is an error object (RFC 9083 section 6).
func rdapRefusal(status int, title string, description ...string) rdapAnswer {
	return rdapJSON(status, rdapError{conformance(), status, title, description})
}

// emptyNotFound is Verisign's: a 404 without a body.
func emptyNotFound(string) rdapAnswer {
	return rdapAnswer{status: http.StatusNotFound, kind: rdapType}
}

// plainNotFound is that of registries the lab does not imitate.
func plainNotFound(name string) rdapAnswer {
	return rdapRefusal(http.StatusNotFound, "Not Found", strings.TrimSpace("No domain object was found. "+strings.ToUpper(name)))
}

// saysWithheld tells in words why a name is not to be had as others are.
func saysWithheld(name string, st state) rdapAnswer {
	switch {
	case st.no == noPlain:
		return plainNotFound(name)
	case st.verdict == verdictPremium:
		return rdapRefusal(http.StatusNotFound, "Premium name available", strings.ToUpper(name)+" is not registered; it is available at a premium price.")
	}
	return rdapRefusal(http.StatusNotFound, "Reserved name", strings.ToUpper(name)+" is reserved by the registry and not available for registration.")
}

// googleNotFound is Google Registry's, about free and withheld names alike.
func googleNotFound(name string) rdapAnswer {
	return rdapRefusal(http.StatusNotFound, "Not Found", name+" not found")
}

// blockedByBSA is Google Registry's about a name that the Brand Safety Alliance blocks.
func blockedByBSA(name string, st state) rdapAnswer {
	if st.no == noPlain {
		return googleNotFound(name)
	}
	return rdapJSON(http.StatusNotFound, rdapNotedError{
		rdapError{conformance(), http.StatusNotFound, "Not Found", []string{name + " blocked by BSA"}},
		[]rdapNotice{{"Blocked Domain", []string{"This name is on the list of a service that blocks names for its clients."}}}})
}

// identityNotFound is Identity Digital's, about names in its Dropzone too.
func identityNotFound(string) rdapAnswer {
	return rdapRefusal(http.StatusNotFound, "Object Not Found", "The server holds no object of that name.")
}

// denicNotFound is that of DENIC's test operation.
func denicNotFound(name string) rdapAnswer {
	return rdapRefusal(http.StatusNotFound, "Not Found", "The domain "+name+" is not registered.")
}

func nominetNotFound(name string) rdapAnswer {
	return rdapRefusal(http.StatusNotFound, "Not Found", "Domain "+name+" not found")
}

// nominetRefused is about a name that the naming rules leave to nobody.
func nominetRefused(name string, _ state) rdapAnswer {
	return rdapRefusal(http.StatusNotFound, "Not Found", "Domain "+name+" is reserved and cannot be registered")
}
