package store

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
func NewEncoder(w io.Writer, f Format, stable bool) (Encoder, error) {
	switch f {
	case Text:
		return &textEncoder{w}, nil
	case CSV:
		return &csvEncoder{w: csv.NewWriter(w), stable: stable}, nil
	case JSONL:
		buf := bufio.NewWriter(w)
		enc := json.NewEncoder(buf)
		enc.SetEscapeHTML(false)
		return &jsonEncoder{buf, enc, stable}, nil
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

// row is one result as the program shows it, in the order of Columns. Its texts
// have been through vacant.SafeText.
type row struct {
	Domain         string `json:"domain"`
	Unicode        string `json:"unicode"`
	TLD            string `json:"tld"`
	Verdict        string `json:"verdict"`
	Lifecycle      string `json:"lifecycle"`
	Reason         string `json:"reason"`
	CheckedAt      string `json:"checked_at"`
	Method         string `json:"method"`
	DNSRcode       string `json:"dns_rcode"`
	DNSServer      string `json:"dns_server"`
	RegistryServer string `json:"registry_server"`
	RegistryCode   string `json:"registry_code"`
	Registrar      string `json:"registrar"`
	CreatedAt      string `json:"created_at"`
	ExpiresAt      string `json:"expires_at"`
	Source         string `json:"source"`
	RunID          string `json:"run_id"`
}

func newRow(r *vacant.Result, stable bool) row {
	safe := vacant.SafeText
	o := row{
		Domain: safe(string(r.Name)), Unicode: safe(r.Name.Unicode()), TLD: safe(r.Name.Parent()),
		Verdict: r.Verdict().String(), Lifecycle: safe(string(r.Lifecycle)), Reason: safe(string(r.Reason())),
		CheckedAt: stamp(r.CheckedAt), Method: safe(r.Method), DNSRcode: rcodeWord(r.DNS),
		DNSServer: safe(r.DNS.Server), RegistryServer: safe(r.RegistryServer), RegistryCode: safe(r.RegistryCode),
		Registrar: safe(r.Registrar), CreatedAt: stamp(r.CreatedAt), ExpiresAt: stamp(r.ExpiresAt),
		Source: safe(r.Source), RunID: safe(r.RunID),
	}
	if stable {
		o.CheckedAt, o.DNSServer, o.RegistryServer, o.RunID = "", "", "", ""
	}
	return o
}

func (o *row) cells() []string {
	return []string{o.Domain, o.Unicode, o.TLD, o.Verdict, o.Lifecycle, o.Reason, o.CheckedAt, o.Method, o.DNSRcode, o.DNSServer,
		o.RegistryServer, o.RegistryCode, o.Registrar, o.CreatedAt, o.ExpiresAt, o.Source, o.RunID}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
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

// cell makes text safe to open in a spreadsheet: a cell that starts like a
// formula, after white space or in full width too, is quoted as text.
func cell(s string) string {
	s = strings.TrimSpace(s)
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}

type textEncoder struct{ w io.Writer }

func (e *textEncoder) Encode(r vacant.Result) error {
	_, err := io.WriteString(e.w, vacant.SafeText(string(r.Name))+"\n")
	return err
}

func (e *textEncoder) Close() error { return nil }

type csvEncoder struct {
	w       *csv.Writer
	stable  bool
	started bool
}

func (e *csvEncoder) start() error {
	if e.started {
		return nil
	}
	e.started = true
	return e.w.Write(Columns())
}

func (e *csvEncoder) Encode(r vacant.Result) error {
	o := newRow(&r, e.stable)
	cells := o.cells()
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	if err := firstError(e.start(), e.w.Write(cells)); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

func (e *csvEncoder) Close() error {
	if err := e.start(); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

// line is one record of JSONL.
type line struct {
	Schema int `json:"schema"`
	row
	MixedScript bool              `json:"mixed_script,omitempty"`
	RetryAfter  string            `json:"retry_after,omitempty"` // of undetermined
	Evidence    []vacant.Evidence `json:"evidence"`
}

// lineSchema is the version of JSONL's records.
const lineSchema = 1

type jsonEncoder struct {
	buf    *bufio.Writer
	enc    *json.Encoder
	stable bool
}

func (e *jsonEncoder) Encode(r vacant.Result) error {
	l := line{Schema: lineSchema, row: newRow(&r, e.stable), MixedScript: r.Name.MixedScript(), Evidence: []vacant.Evidence{}}
	if !e.stable {
		l.Evidence = safeEvidence(r.Evidence)
		if r.Verdict() == vacant.Undetermined {
			l.RetryAfter = stamp(r.RetryAfter)
		}
	}
	return firstError(e.enc.Encode(l), e.buf.Flush())
}

func (e *jsonEncoder) Close() error { return e.buf.Flush() }

func safeEvidence(in []vacant.Evidence) []vacant.Evidence {
	out := slices.Concat([]vacant.Evidence{}, in)
	for i := range out {
		e := &out[i]
		e.At = e.At.UTC()
		for _, s := range []*string{&e.Control, &e.Asked, &e.Server, &e.Code, &e.Says, &e.Excerpt, &e.Via} {
			*s = vacant.SafeText(*s)
		}
		e.Kind, e.Reason = vacant.Kind(vacant.SafeText(string(e.Kind))), vacant.Reason(vacant.SafeText(string(e.Reason)))
	}
	if len(out) == 0 {
		return []vacant.Evidence{}
	}
	return out
}
