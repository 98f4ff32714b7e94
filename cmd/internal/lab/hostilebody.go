package lab

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// rdapBodyKinds are answers with a status of success that say nothing, and bodies that are a load.
func rdapBodyKinds() []hostileKind {
	const ok, notFound = http.StatusOK, http.StatusNotFound
	return []hostileKind{
		rdapKind("rdap-200-error", "200 with an error object whose code is 404", answer(ok, rdapType, errorObject(notFound, "Not Found", "No domain object was found. NAME"))),
		rdapKind("rdap-200-object", "200 with {}", answer(ok, rdapType, "{}")),
		rdapKind("rdap-200-array", "200 with []", answer(ok, rdapType, "[]")),
		rdapKind("rdap-200-null", "200 with null", answer(ok, rdapType, "null")),
		rdapKind("rdap-200-help", "200 with a help object", answer(ok, rdapType, `{"rdapConformance":["rdap_level_0"],"notices":[{"title":"Help","description":["Ask for domain/NAME."]}]}`)),
		rdapKind("rdap-200-search", "200 with a search that found nothing", answer(ok, rdapType, `{"rdapConformance":["rdap_level_0"],"domainSearchResults":[]}`)),
		rdapKind("rdap-200-page", "200 with a portal's page to log in", answer(ok, htmlType, webPage("Welcome", "Log in to use this network. Domain NAME is available!"))),
		rdapKind("rdap-200-free", "200 with an object that calls the name available", answer(ok, rdapType, `{"rdapConformance":["rdap_level_0"],"ldhName":"NAME","status":["available"]}`)),
		rdapKind("rdap-200-cut", "200 with a record that ends in the middle", func(c *rdapCase) bool {
			rec, registered := c.record()
			return registered && answer(ok, rdapType, recordObject(rec)[:40])(c)
		}),
		rdapKind("rdap-204", "204", answer(http.StatusNoContent, "", "")),
		rdapKind("rdap-empty-200", "200 without a body", answer(ok, rdapType, "")),
		rdapKind("rdap-wrong-name", "the record of another name", func(c *rdapCase) bool {
			rec, registered := c.record()
			if rec.name = "another-" + rec.name; registered {
				writeJSON(c.w, ok, domainObject(rec))
			}
			return registered
		}),
		rdapKind("rdap-gzip-bomb", "404 with an error object of 64 MB, sent as 64 kB of gzip", func(c *rdapCase) bool {
			return answer(notFound, rdapType, gzipBomb(), "Content-Encoding", "gzip")(c)
		}),
		rdapKind("rdap-huge", "404 with an error object of 200 MB", func(c *rdapCase) bool {
			answer(notFound, rdapType, paddedNo())(c)
			return c.pour(strings.Repeat(" ", 64<<10), 200<<20)
		}),
		rdapKind("rdap-deep", "404 with an error object that says 9,000 arrays deep that the name is reserved", answer(notFound, rdapType,
			`{"errorCode":404,"title":"Not Found","description":`+strings.Repeat("[", 9000)+`"NAME is reserved."`+strings.Repeat("]", 9000)+`}`)),
		rdapKind("rdap-drip", "404 whose body comes an octet a second", func(c *rdapCase) bool {
			c.w.Header().Set("Content-Type", rdapType)
			c.w.WriteHeader(notFound)
			return c.drip(errorObject(notFound, "Not Found", "No domain object was found."))
		}),
	}
}

// paddedNo is an error object that may have any number of spaces behind it.
func paddedNo() string {
	return errorObject(http.StatusNotFound, "Not Found", "No domain object was found.")
}

// bombSize is how large the bomb is when it has gone off, in octets.
const bombSize = 64 << 20

// gzipBomb is a whole and valid error object with spaces behind it.
var gzipBomb = sync.OnceValue(func() string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	_, _ = io.WriteString(z, paddedNo()) // a Buffer takes everything
	for range bombSize / len(spaces) {
		_, _ = z.Write(spaces)
	}
	_ = z.Close()
	return b.String()
})

// pour sends so many octets, or as many as the client takes.
func (c *rdapCase) pour(text string, size int) bool {
	for sent := 0; sent < size; sent += len(text) {
		if _, err := io.WriteString(c.w, text); err != nil {
			break
		}
	}
	return true
}

// drip sends text an octet a second.
func (c *rdapCase) drip(text string) bool {
	out := http.NewResponseController(c.w)
	for i := range len(text) {
		if _, err := fmt.Fprint(c.w, text[i:i+1]); err != nil || out.Flush() != nil || !sleep(c.r.Context(), time.Second) {
			break
		}
	}
	return true
}
