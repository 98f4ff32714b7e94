package store

import (
	"fmt"
	"io"
	"strings"

	"vacant"
)

// Format is an export format.
type Format string

// The export formats.
const (
	Text  Format = "text"
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// Encoder writes results in one format. Free text is made safe for a
// spreadsheet cell and a terminal. Every result is on its way when Encode
// returns. Close writes what is still due (CSV's header if nothing came).
type Encoder interface {
	Encode(r vacant.Result) error
	Close() error
}

// NewEncoder returns an encoder of format f on w; stable leaves out what
// differs between runs: checked_at, dns_server, registry_server, run_id, and in
// JSONL retry_after and the evidence too, whose questions, times and servers differ.
// Each record is one Write; whoever wants few of them to the system puts a
// [bufio.Writer] between.
func NewEncoder(w io.Writer, f Format, stable bool) (Encoder, error) {
	switch f {
	case Text:
		return &textEncoder{w: w}, nil
	case CSV:
		return &csvEncoder{w: w, stable: stable}, nil
	case JSONL:
		return &jsonEncoder{w: w, stable: stable, keys: jsonKeys(Columns())}, nil
	}
	return nil, fmt.Errorf("unknown format %q: it is text, csv or jsonl", string(f))
}

// FormatOf returns the format that path's extension stands for: CSV for .csv,
// JSONL for .jsonl, .ndjson and .json, else text.
func FormatOf(path string) Format {
	_, ext, _ := cutLast(strings.ToLower(path), ".")
	switch ext {
	case "csv":
		return CSV
	case "jsonl", "ndjson", "json":
		return JSONL
	}
	return Text
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Columns is the header of the CSV format. It is fixed: columns may be added at
// its end, none moved, renamed or removed.
func Columns() []string {
	return strings.Split("domain,unicode,tld,verdict,lifecycle,reason,checked_at,method,dns_rcode,dns_server,registry_server,registry_code,registrar,created_at,expires_at,source,run_id", ",")
}

// setResult fills c with the columns of r, in the order of Columns.
func (c *cells) setResult(r *vacant.Result, stable bool) {
	c.reset()
	name := string(r.Name)
	c.add(name)
	c.add(r.Name.Unicode())
	c.add(r.Name.Parent())
	c.add(r.Verdict().String())
	c.add(string(r.Lifecycle))
	c.add(string(r.Reason()))
	c.addTimeUnless(stable, r.CheckedAt)
	c.add(r.Method)
	c.add(rcodeWord(r.DNS))
	c.addUnless(stable, r.DNS.Server)
	c.addUnless(stable, r.RegistryServer)
	c.add(r.RegistryCode)
	c.add(r.Registrar)
	c.addTimeUnless(false, r.CreatedAt)
	c.addTimeUnless(false, r.ExpiresAt)
	c.add(r.Source)
	c.addUnless(stable, r.RunID)
}

// rcodes are the mnemonics of RFC 1035, 2136, 6891 and 7873.
var rcodes = map[uint8]string{0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED",
	6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS", 23: "BADCOOKIE"}

// rcodeWord is empty when DNS was not asked or gave no reply.
func rcodeWord(p vacant.DNSProof) string {
	if p.Status == vacant.StatusUnasked || p.Rcode == vacant.RcodeNone {
		return ""
	}
	if word, ok := rcodes[p.Rcode]; ok {
		return word
	}
	return fmt.Sprintf("RCODE%d", p.Rcode)
}
