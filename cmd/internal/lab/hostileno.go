package lab

import (
	"encoding/json"
	"net/http"
)

// rdapNoKinds are 404s that are no registry's no, or a no that means something else.
func rdapNoKinds() []hostileKind {
	const notFound = http.StatusNotFound
	return []hostileKind{
		rdapKind("rdap-html-404", "a web page where the registry's 404 should be", func(c *rdapCase) bool {
			if _, st := c.truth(); st.verdict == verdictRegistered {
				return false
			}
			return answer(notFound, htmlType, webPage("404 Not Found", "nginx"))(c)
		}),
		rdapKind("rdap-404-page", "404 as a web page, about every name", answer(notFound, htmlType, webPage("404 Not Found", "The requested URL was not found on this server."))),
		rdapKind("rdap-404-text", "404 in plain text: \"Not found\"", answer(notFound, "text/plain; charset=utf-8", "Not found\n")),
		rdapKind("rdap-404-typeless", "404 with an error object and no content type", answer(notFound, "", errorObject(notFound, "Not Found", "No domain object was found. NAME"))),
		rdapKind("rdap-404-mistyped", "404 with an error object that is called a web page", answer(notFound, htmlType, errorObject(notFound, "Not Found", "No domain object was found. NAME"))),
		rdapKind("rdap-404-limit", "404 with an error object titled \"rate limit exceeded\"", errorReply(notFound, "Rate limit exceeded", "The object was not found because you ask too often.")),
		rdapKind("rdap-404-later", "404 with an error object that asks to come again", errorReply(notFound, "Not Found", "Temporarily unavailable, try again later.")),
		rdapKind("rdap-404-code", "404 with an error object whose code is 429", answer(notFound, rdapType, errorObject(http.StatusTooManyRequests, "Not Found", "No domain object was found. NAME"))),
		rdapKind("rdap-404-bootstrap", "404 of a bootstrap service: \"not found in IANA boot\"", errorReply(notFound, "Not Found", "The requested object was not found in IANA boot file.")),
		rdapKind("rdap-404-unserved", "404: \"No RDAP service is available\"", errorReply(notFound, "Not Found", "No RDAP service is available for this resource.")),
		rdapKind("rdap-404-bsa", "404: the name is blocked by BSA", errorReply(notFound, "Not Found", "NAME blocked by BSA")),
		rdapKind("rdap-404-auction", "404: \"Auction pending\"", errorReply(notFound, "Auction pending", "Domain NAME not found.")),
		rdapKind("rdap-404-reserved", "404: the name is reserved", errorReply(notFound, "Not Found", "NAME is a reserved name.")),
		rdapKind("rdap-404-premium", "404: the name is a premium one", errorReply(notFound, "Not Found", "NAME is available as a premium name.")),
		rdapKind("rdap-404-prohibited", "404: the name cannot be registered", errorReply(notFound, "Not Found", "Prohibited String - Object Cannot Be Registered")),
		rdapKind("rdap-404-blocked", "404 with a notice that the name is blocked", answer(notFound, rdapType,
			`{"rdapConformance":["rdap_level_0"],"errorCode":404,"title":"Not Found","description":["Object not found."],"notices":[{"title":"Blocked Domain","description":["NAME is on a GlobalBlock list."]}]}`)),
		rdapKind("rdap-404-detail", "404 that says in a member of its own that the name is reserved", answer(notFound, rdapType,
			`{"rdapConformance":["rdap_level_0"],"errorCode":404,"title":"Not Found","description":["Object not found."],"detail":"NAME is reserved by the registry."}`)),
		rdapKind("rdap-404-nested", "404 that says in a list in a list that the name is blocked", answer(notFound, rdapType,
			`{"rdapConformance":["rdap_level_0"],"errorCode":404,"title":"Not Found","description":[["Object not found.",["NAME is blocked by BSA"]]]}`)),
		rdapKind("rdap-404-other", "404 whose text speaks of another name", errorReply(notFound, "Not Found", "Domain ANOTHER-NAME not found.")),
		rdapKind("rdap-404-record", "404 with a registered name's record as its body", func(c *rdapCase) bool {
			rec, ok := c.record()
			if ok {
				writeJSON(c.w, notFound, domainObject(rec))
			}
			return ok
		}),
		rdapKind("rdap-404-array", "404 with an empty array as its body", answer(notFound, rdapType, "[]")),
		rdapKind("rdap-404-object", "404 with {} as its body", answer(notFound, rdapType, "{}")),
		rdapKind("rdap-404-cut", "404 with an error object that ends in the middle", answer(notFound, rdapType, errorObject(notFound, "Not Found", "No domain object was found. NAME")[:60])),
		rdapKind("rdap-404-latin1", "404 with octets that are not UTF-8", answer(notFound, rdapType, `{"errorCode":404,"title":"Objet non trouv`+"\xe9"+`","description":["NAME"]}`)),
		rdapKind("rdap-404-nul", "404 whose body is an error object behind a NUL", answer(notFound, rdapType, "\x00"+errorObject(notFound, "Not Found", "No domain object was found. NAME"))),
		rdapKind("rdap-404-two", "404 with an error object and a registered name's record behind it", func(c *rdapCase) bool {
			rec, ok := c.record()
			return ok && answer(notFound, rdapType, errorObject(notFound, "Not Found", "No domain object was found.")+"\n"+recordObject(rec))(c)
		}),
	}
}

// record returns the record of the name asked about, false if it is not registered.
func (c *rdapCase) record() (record, bool) {
	s, st := c.truth()
	if st.verdict != verdictRegistered {
		return record{}, false
	}
	return c.world.recordOf(c.name, s, st), true
}

// recordObject writes the object of a record.
func recordObject(rec record) string {
	b, err := json.Marshal(domainObject(rec))
	if err != nil {
		panic(err) // words and dates
	}
	return string(b)
}
