package reading

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vacant"
	"vacant/rdapstage/facts"
)

// MaxRDAPBody bounds a body, decoded, that is read at all: a domain object is a
// few KB, the largest known under 100.
const MaxRDAPBody = 1 << 20

// RDAPReply is one HTTP reply to an RDAP domain query.
type RDAPReply struct {
	URL, FinalURL string // asked, and where redirects ended ("" = the same)
	Status        int
	ContentType   string
	Body          []byte
	RetryAfter    string
	Trusted       bool // URL was named by hand, so it may be plain http
	EmptyOK       bool // this endpoint answers a random label with an empty 404
}

// The statuses that mean something here (RFC 9110 section 15, RFC 6585 section 4).
const (
	statusOK          = 200
	statusNotFound    = 404
	statusTooMany     = 429
	statusUnavailable = 503
)

// emptyNo are hosts whose 404 carries no body, only the RDAP content type.
var emptyNo = map[string]bool{"rdap.verisign.com": true, "tld-rdap.verisign.com": true}

// redirectors send on to registries; their own 404 means "no service known".
var redirectors = map[string]bool{"rdap.org": true, "www.rdap.org": true, "rdap.net": true, "www.rdap.net": true, "client.rdap.org": true}

// RDAP reads an RDAP reply about name ("" as in WHOIS). Only
// two replies prove anything: status 200 with the domain object of that name,
// and status 404 from the very host asked that is an RDAP error (RFC 9083
// section 6), or empty where this endpoint is known for that, and says nothing
// that withholds the name. The rest is undetermined or withheld.
func RDAP(name vacant.Name, r RDAPReply) Reading {
	if why := BadRoute(name, r); why != "" {
		return undetermined(vacant.ReasonBadReply, why)
	}
	switch r.Status {
	case statusOK:
		return classifyObject(name, r)
	case statusNotFound:
		return classifyNotFound(name, r)
	}
	return classifyStatus(r)
}

// BadRoute says why the reply cannot speak for the registry: it came by plain
// http or from another host than was asked, or is about another question.
func BadRoute(name vacant.Name, r RDAPReply) string {
	final := r.FinalURL
	if final == "" {
		final = r.URL
	}
	asked, err := url.Parse(r.URL)
	ended, err2 := url.Parse(final)
	switch {
	case err != nil || err2 != nil || asked.Host == "" || ended.Host == "":
		return "no valid URL"
	case facts.URLHost(r.URL) != facts.URLHost(final):
		return "redirected to " + ended.Host
	case ended.Scheme != "https" && (!r.Trusted || ended.Scheme != "http"):
		return "not asked over https"
	case !asksAbout(asked, name) || !asksAbout(ended, name):
		return "the URL asks about another name"
	case r.Status == statusNotFound && asked.Path != ended.Path && !isQuery(ended):
		// What is not found there is a page, not the name.
		return "redirected to " + Clip(ended.Path)
	}
	return ""
}

// asksAbout reports whether u, where it is a domain query at all, asks about name.
func asksAbout(u *url.URL, name vacant.Name) bool {
	i := strings.LastIndex(u.Path, "/domain/")
	return name == "" || i < 0 || strings.EqualFold(strings.TrimSuffix(u.Path[i+len("/domain/"):], "/"), string(name))
}

// isQuery reports whether u is a domain query.
func isQuery(u *url.URL) bool { return strings.Contains(u.Path, "/domain/") }

// classifyStatus reads a status that is neither 200 nor 404: never a verdict.
func classifyStatus(r RDAPReply) Reading {
	matched := "HTTP " + strconv.Itoa(r.Status)
	if r.Status == statusTooMany || r.Status == statusUnavailable && r.RetryAfter != "" {
		return Reading{Reason: vacant.ReasonRateLimited, Matched: matched, Pause: retryAfterSeconds(r.RetryAfter)}
	}
	return undetermined(vacant.ReasonBadReply, matched)
}

// retryAfterSeconds reads the form of Retry-After that needs no clock; dates
// (RFC 9110 section 10.2.3) are for whoever knows the time.
func retryAfterSeconds(text string) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// classifyObject reads the body of a 200.
func classifyObject(name vacant.Name, r RDAPReply) Reading {
	var d rdapDomain
	if err := decodeRDAP(r, &d); err != nil {
		return undetermined(vacant.ReasonBadReply, err.Error())
	}
	if d.isError() || !strings.EqualFold(d.ObjectClassName, "domain") {
		return undetermined(vacant.ReasonBadReply, "no domain object")
	}
	if !d.names(name) {
		return undetermined(vacant.ReasonBadReply, "a record about "+Clip(d.LDHName))
	}
	life, matched := lifecycleOf(d.Status)
	return Reading{
		Verdict: vacant.Registered, Lifecycle: life, Matched: Clip("ldhName: " + d.LDHName + matched),
		Registrar: d.registrar(), Created: d.event("registration"), Expires: d.event("expiration"),
	}
}

// classifyNotFound reads a 404.
func classifyNotFound(name vacant.Name, r RDAPReply) Reading {
	host := facts.URLHost(r.URL)
	if redirectors[host] {
		return undetermined(vacant.ReasonNoRegistry, host+" is a redirector, not a registry")
	}
	if len(bytes.TrimSpace(r.Body)) == 0 {
		return classifyEmptyNo(host, r)
	}
	var d rdapDomain
	if err := decodeRDAP(r, &d); err != nil {
		return undetermined(vacant.ReasonBadReply, "404: "+err.Error())
	}
	if d.code() != statusNotFound || d.ObjectClassName != "" || d.LDHName != "" {
		return undetermined(vacant.ReasonBadReply, "404 without an RDAP error")
	}
	if other := speaksOf(name, &d); other != "" {
		return undetermined(vacant.ReasonBadReply, "404 about "+Clip(other))
	}
	if withheld, ok := denyRDAP(name, r.Body); ok {
		return withheld
	}
	return Reading{Verdict: vacant.Available, Matched: Clip("404 " + d.Title)}
}

// classifyEmptyNo reads a 404 without a body: a no only where that is known to
// be the endpoint's way of saying it.
func classifyEmptyNo(host string, r RDAPReply) Reading {
	kind, _, _ := mime.ParseMediaType(r.ContentType)
	switch {
	case kind == rdapType && emptyNo[host], r.EmptyOK && (kind == "" || kind == rdapType || kind == "application/json"):
		return Reading{Verdict: vacant.Available, Matched: "404 without a body"}
	}
	return undetermined(vacant.ReasonBadReply, "404 without a body")
}

const rdapType = "application/rdap+json"

// decodeRDAP decodes one JSON object, the whole body and nothing after it.
func decodeRDAP(r RDAPReply, d *rdapDomain) error {
	kind, _, _ := mime.ParseMediaType(r.ContentType)
	if kind != "" && kind != rdapType && kind != "application/json" {
		return errors.New("content type " + Clip(kind))
	}
	if len(r.Body) > MaxRDAPBody {
		return errors.New("body larger than 1 MiB")
	}
	if !utf8.Valid(r.Body) { // RFC 8259 section 8.1
		return errors.New("body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(r.Body))
	if err := dec.Decode(d); err != nil {
		return errors.New("body is no RDAP object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the RDAP object")
	}
	if key := repeatedMember(r.Body); key != "" {
		return fmt.Errorf("member %.40q twice", key)
	}
	return nil
}
