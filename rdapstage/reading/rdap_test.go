package reading

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vacant"
)

func TestOwnRDAPSamples(t *testing.T) {
	for _, path := range ownSamples(t, "rdap") {
		status, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		name, want := nameAndVerdict(filepath.Base(path))
		got := RDAP(name, rdapReply(name, status, string(readSample(t, path))))
		if got.Verdict.String() != want {
			t.Errorf("%s reads %v (%s, %q), want %s", path, got.Verdict, got.Reason, got.Matched, want)
		}
	}
}

// rdapReply is the reply of a well-behaved endpoint.
func rdapReply(name vacant.Name, status int, body string) RDAPReply {
	return RDAPReply{URL: "https://rdap.example/domain/" + string(name), Status: status, ContentType: rdapType, Body: []byte(body)}
}

const rdapNo = `{"errorCode":404,"title":"Not Found","description":["Object not found"]}`

// rdapCases change one thing each of a good 404, or answer with something else.
var rdapCases = []struct {
	name   string
	status int
	body   string
	change func(*RDAPReply)
	want   vacant.Verdict
	why    vacant.Reason
}{
	{name: "a no", status: 404, body: rdapNo, want: vacant.Available},
	{name: "a no with a charset", status: 404, body: rdapNo, change: contentType("application/rdap+json; charset=utf-8"), want: vacant.Available},
	{name: "a no as plain JSON", status: 404, body: rdapNo, change: contentType("application/json"), want: vacant.Available},
	{name: "code as text", status: 404, body: `{"errorCode":"404"}`, want: vacant.Available},
	{name: "HTML 404", status: 404, body: "<html><body>404 not found</body></html>", change: contentType("text/html"), why: vacant.ReasonBadReply},
	{name: "HTML that calls itself RDAP", status: 404, body: "<html><body>404 not found</body></html>", why: vacant.ReasonBadReply},
	{name: "JSON that calls itself HTML", status: 404, body: rdapNo, change: contentType("text/html"), why: vacant.ReasonBadReply},
	{name: "plain text 404", status: 404, body: "Not Found", change: contentType("text/plain"), why: vacant.ReasonBadReply},
	{name: "empty 404", status: 404, why: vacant.ReasonBadReply},
	{name: "empty 404 of Verisign", status: 404, change: func(r *RDAPReply) { r.URL = "https://rdap.verisign.com/com/v1/domain/my404.com" }, want: vacant.Available},
	{name: "empty 404 of Verisign as HTML", status: 404, change: func(r *RDAPReply) {
		r.URL, r.ContentType = "https://rdap.verisign.com/com/v1/domain/my404.com", "text/html"
	}, why: vacant.ReasonBadReply},
	{name: "empty 404 of an endpoint known for it", status: 404, change: func(r *RDAPReply) { r.EmptyOK, r.ContentType = true, "" }, want: vacant.Available},
	{name: "400", status: 400, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "401", status: 401, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "403", status: 403, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "429", status: 429, body: rdapNo, change: func(r *RDAPReply) { r.RetryAfter = "60" }, why: vacant.ReasonRateLimited},
	{name: "500", status: 500, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "501", status: 501, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "503 with a date to come back", status: 503, body: rdapNo, change: func(r *RDAPReply) { r.RetryAfter = "30" }, why: vacant.ReasonRateLimited},
	{name: "503", status: 503, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "204", status: 204, why: vacant.ReasonBadReply},
	{name: "302", status: 302, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "empty 200", status: 200, why: vacant.ReasonBadReply},
	{name: "200 with {}", status: 200, body: `{}`, why: vacant.ReasonBadReply},
	{name: "200 that wraps an error", status: 200, body: rdapNo, why: vacant.ReasonBadReply},
	{name: "200 help", status: 200, body: `{"notices":[{"title":"Help","description":["not found"]}]}`, why: vacant.ReasonBadReply},
	{name: "200 of another name", status: 200, body: domainObject("other.com"), why: vacant.ReasonBadReply},
	{name: "200 of the name", status: 200, body: domainObject("MY404.com"), want: vacant.Registered},
	{name: "200 of the name with a dot", status: 200, body: domainObject("my404.com."), want: vacant.Registered},
	{name: "200 of a nameserver", status: 200, body: strings.Replace(domainObject("my404.com"), "domain", "nameserver", 1), why: vacant.ReasonBadReply},
	{name: "404 with a domain object", status: 404, body: domainObject("my404.com"), why: vacant.ReasonBadReply},
	{name: "404 with another code", status: 404, body: `{"errorCode":429,"title":"Not Found"}`, why: vacant.ReasonBadReply},
	{name: "404 with {}", status: 404, body: `{}`, why: vacant.ReasonBadReply},
	{name: "404 with a list", status: 404, body: `[` + rdapNo + `]`, why: vacant.ReasonBadReply},
	{name: "404 with a second object", status: 404, body: rdapNo + rdapNo, why: vacant.ReasonBadReply},
	{name: "404 cut off", status: 404, body: rdapNo[:len(rdapNo)-3], why: vacant.ReasonBadReply},
	{name: "404 from another host", status: 404, body: rdapNo, change: finalURL("https://cdn.example/domain/my404.com"), why: vacant.ReasonBadReply},
	{name: "404 after a redirect on the host", status: 404, body: rdapNo, change: finalURL("https://rdap.example/v1/domain/my404.com"), want: vacant.Available},
	{name: "404 after a redirect to another port", status: 404, body: rdapNo, change: finalURL("https://rdap.example:8443/domain/my404.com"), why: vacant.ReasonBadReply},
	{name: "404 about another name", status: 404, body: rdapNo, change: finalURL("https://rdap.example/domain/other.com"), why: vacant.ReasonBadReply},
	{name: "404 after a downgrade", status: 404, body: rdapNo, change: finalURL("http://rdap.example/domain/my404.com"), why: vacant.ReasonBadReply},
	{name: "plain http", status: 404, body: rdapNo, change: func(r *RDAPReply) { r.URL = "http://rdap.example/domain/my404.com" }, why: vacant.ReasonBadReply},
	{name: "plain http named by hand", status: 404, body: rdapNo, change: func(r *RDAPReply) {
		r.URL, r.Trusted = "http://127.0.0.1:8080/domain/my404.com", true
	}, want: vacant.Available},
	{name: "rdap.org", status: 404, body: rdapNo, change: func(r *RDAPReply) { r.URL = "https://rdap.org/domain/my404.com" }, why: vacant.ReasonNoRegistry},
	{name: "no RDAP service", status: 404, body: errorObject("No RDAP service is available for this TLD"), why: vacant.ReasonBadReply},
	{name: "limit inside a 404", status: 404, body: errorObject("Rate limit exceeded, object not found in cache"), why: vacant.ReasonRateLimited},
	{name: "backend trouble inside a 404", status: 404, body: errorObject("Not found, the backend is degraded"), why: vacant.ReasonBadReply},
	{name: "terms beside a no", status: 404, body: `{"errorCode":404,"title":"Not Found","notices":[{"title":"Terms of Use","description":["By querying you agree to use the data for lawful purposes only.","Access is rate limited; excessive queries are throttled and reserved rights apply.","` + strings.Repeat("More terms follow here. ", 9) + `"]}]}`, want: vacant.Available},
	{name: "blocked by BSA", status: 404, body: errorObject("my404.com blocked by BSA"), want: vacant.Reserved},
	{name: "reserved", status: 404, body: errorObject("The name is reserved"), want: vacant.Reserved},
	{name: "cannot be registered", status: 404, body: errorObject("This domain Cannot Be Registered"), want: vacant.Reserved},
	{name: "prohibited string", status: 404, body: errorObject("Prohibited String"), want: vacant.Reserved},
	{name: "auction pending", status: 404, body: errorObject("Auction pending"), want: vacant.Reserved},
	{name: "premium", status: 404, body: errorObject("Premium name, price 900 USD"), want: vacant.Premium},
	{name: "error text that spells 404 with 500", status: 500, body: errorObject("error 404 my404.com not found"), why: vacant.ReasonBadReply},
	{name: "too long a body", status: 404, body: `{"errorCode":404,"title":"` + strings.Repeat("a", MaxRDAPBody) + `"}`, why: vacant.ReasonBadReply},
	{name: "9,000 deep", status: 404, body: `{"errorCode":404,"x":` + strings.Repeat("[", 9001) + strings.Repeat("]", 9001), why: vacant.ReasonBadReply},
}

func contentType(kind string) func(*RDAPReply) {
	return func(r *RDAPReply) { r.ContentType = kind }
}

func finalURL(url string) func(*RDAPReply) {
	return func(r *RDAPReply) { r.FinalURL = url }
}

func errorObject(said string) string {
	return `{"errorCode":404,"title":"Not Found","description":["` + said + `"]}`
}

func domainObject(name string) string {
	return `{"objectClassName":"domain","ldhName":"` + name + `","status":["active"]}`
}

func TestClassifyRDAP(t *testing.T) {
	for _, c := range rdapCases {
		t.Run(c.name, func(t *testing.T) {
			r := rdapReply("my404.com", c.status, c.body)
			if c.change != nil {
				c.change(&r)
			}
			got := RDAP("my404.com", r)
			if got.Verdict != c.want || got.Reason != c.why {
				t.Errorf("reads %v %q by %q, want %v %q", got.Verdict, got.Reason, got.Matched, c.want, c.why)
			}
		})
	}
}

func TestClassifyRDAPFieldsOfAnObject(t *testing.T) {
	body := readSample(t, filepath.Join("..", "..", "testdata", "rdap", "200", "gloomwick.dev.registered.json"))
	got := RDAP("gloomwick.dev", rdapReply("gloomwick.dev", 200, string(body)))
	if got.Registrar != "Tern Registrar Ltd" || got.Lifecycle != vacant.Active {
		t.Errorf("registrar %q, lifecycle %q", got.Registrar, got.Lifecycle)
	}
	if want := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC); !got.Created.Equal(want) {
		t.Errorf("created %v, want %v", got.Created, want)
	}
	if want := time.Date(2027, 2, 3, 4, 5, 6, 0, time.UTC); !got.Expires.Equal(want) {
		t.Errorf("expires %v, want %v", got.Expires, want)
	}
}

func TestClassifyRDAPPause(t *testing.T) {
	r := rdapReply("my404.com", 429, "")
	for header, want := range map[string]time.Duration{"86361": 86361 * time.Second, " 5 ": 5 * time.Second, "-3": 0, "soon": 0, "": 0} {
		r.RetryAfter = header
		if got := RDAP("my404.com", r).Pause; got != want {
			t.Errorf("Retry-After %q is %v, want %v", header, got, want)
		}
	}
}
