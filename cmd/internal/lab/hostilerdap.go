package lab

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// rdapCase is one question to an RDAP server that a fault may answer.
type rdapCase struct {
	*rdapServer
	w         http.ResponseWriter
	r         *http.Request
	tld, name string
	seq       uint64 // which request of this server's it is
	fault     *hostile
}

// rdapKind is a kind that takes a scope.
func rdapKind(name, help string, play func(c *rdapCase) bool) hostileKind {
	return hostileKind{FaultKind: FaultKind{Name: name, Arg: scopeArg, Help: help, Protocol: protocolRDAP, Switches: true}, rdap: play}
}

// answer sends one and the same reply, with NAME in it replaced by the name
// asked about in upper case.
func answer(status int, contentType, body string, headers ...string) func(c *rdapCase) bool {
	return func(c *rdapCase) bool {
		head := c.w.Header()
		if head["Content-Type"] = nil; contentType != "" {
			head.Set("Content-Type", contentType)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			head.Set(headers[i], headers[i+1])
		}
		c.w.WriteHeader(status)
		_, _ = c.w.Write([]byte(strings.ReplaceAll(body, "NAME", strings.ToUpper(c.name))))
		return true
	}
}

// errorObject writes the object of RFC 9083 section 6.
func errorObject(code int, title string, description ...string) string {
	b, err := json.Marshal(rdapError{conformance(), code, title, description})
	if err != nil {
		panic(err) // words and a number
	}
	return string(b)
}

// errorReply answers with an error object whose code is the status.
func errorReply(status int, title, description string, headers ...string) func(c *rdapCase) bool {
	return answer(status, rdapType, errorObject(status, title, description), headers...)
}

// webPage is what stands in front of registries.
func webPage(title, text string) string {
	return "<!doctype html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1><p>" + text + "</p></body></html>\n"
}

const htmlType = "text/html; charset=utf-8"

// tooMany is a 429 with a Retry-After.
func tooMany(after string) func(c *rdapCase) bool {
	return errorReply(http.StatusTooManyRequests, "Rate limit exceeded", "Too many requests; slow down.", "Retry-After", after)
}

// rdapStatusKinds are refusals: limits, walls and breakdowns.
func rdapStatusKinds() []hostileKind {
	return []hostileKind{
		rdapKind("rdap-429-seconds", "429 with Retry-After: 1", tooMany("1")),
		rdapKind("rdap-429-date", "429 with a date two seconds ahead in Retry-After", func(c *rdapCase) bool {
			return tooMany(time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat))(c)
		}),
		rdapKind("rdap-429-absurd", "429 with ten years in Retry-After", tooMany("315360000")),
		rdapKind("rdap-429-negative", "429 with Retry-After: -5", tooMany("-5")),
		rdapKind("rdap-429-bare", "429 without Retry-After", errorReply(http.StatusTooManyRequests, "Rate limit exceeded", "Too many requests.")),
		rdapKind("rdap-429-page", "429 in plain text, \"error code: 1015\", and Retry-After: 86361", answer(http.StatusTooManyRequests, "text/plain; charset=UTF-8", "error code: 1015", "Retry-After", "86361")),
		rdapKind("rdap-503", "503 with Retry-After: 1", errorReply(http.StatusServiceUnavailable, "Service Unavailable", "Maintenance.", "Retry-After", "1")),
		rdapKind("rdap-503-bare", "503 with nothing else", answer(http.StatusServiceUnavailable, "", "")),
		rdapKind("rdap-500", "500", answer(http.StatusInternalServerError, "text/plain; charset=utf-8", "internal error\n")),
		rdapKind("rdap-502-page", "502 as a gateway's web page", answer(http.StatusBadGateway, htmlType, webPage("502 Bad Gateway", "nginx"))),
		rdapKind("rdap-501", "501 with an error object", errorReply(http.StatusNotImplemented, "Not Implemented", "This query is not supported.")),
		rdapKind("rdap-403-page", "403 as the page of a wall in front of the registry", answer(http.StatusForbidden, htmlType, webPage("Access denied", "Your address has been blocked. No such domain was found to be allowed."))),
		rdapKind("rdap-401", "401 with an error object", errorReply(http.StatusUnauthorized, "Unauthorized", "Log in first.", "WWW-Authenticate", `Basic realm="rdap"`)),
		rdapKind("rdap-400", "400 with an error object", errorReply(http.StatusBadRequest, "Bad Request", "NAME is no name that this server takes.")),
		rdapKind("rdap-403-reserved", "403, not 404, about reserved names", func(c *rdapCase) bool {
			if _, st := c.truth(); st.verdict != verdictReserved || st.no != noSays {
				return false
			}
			return errorReply(http.StatusForbidden, "Reserved name", "NAME is reserved by the registry and not available for registration.")(c)
		}),
	}
}

// truth returns what is true of the name asked about; a nil suffix if nobody sells it here.
func (c *rdapCase) truth() (*suffix, state) {
	s := c.world.sold([]byte(c.name))
	if s == nil || topLabel(c.name) != c.tld {
		return nil, state{}
	}
	return s, c.world.state([]byte(c.name), s)
}

// no answers as the registry answers about a name that nobody has.
func (c *rdapCase) no() bool {
	c.notFound(c.w, c.tld, c.name)
	return true
}
