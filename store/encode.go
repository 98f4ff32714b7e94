package store

import (
	"io"
	"time"

	"vacant"
)

type textEncoder struct {
	w   io.Writer
	buf []byte
}

func (e *textEncoder) Encode(r vacant.Result) error {
	e.buf = append(append(e.buf[:0], vacant.SafeText(string(r.Name))...), '\n')
	_, err := e.w.Write(e.buf)
	return err
}

func (e *textEncoder) Close() error { return nil }

type csvEncoder struct {
	w       io.Writer
	stable  bool
	started bool
	cells   cells
	buf     []byte
}

// start begins a record, behind the header if it is the first.
func (e *csvEncoder) start() {
	e.buf = e.buf[:0]
	if !e.started {
		e.started = true
		e.buf = appendHeader(e.buf, Columns())
	}
}

func appendHeader(dst []byte, columns []string) []byte {
	var head cells
	for _, column := range columns {
		head.add(column)
	}
	return head.appendCSV(dst)
}

func (e *csvEncoder) Encode(r vacant.Result) error {
	e.start()
	e.cells.setResult(&r, e.stable)
	e.buf = e.cells.appendCSV(e.buf)
	_, err := e.w.Write(e.buf)
	return err
}

func (e *csvEncoder) Close() error {
	e.start()
	_, err := e.w.Write(e.buf)
	return err
}

// lineHead begins a record of JSONL; lineSchema is the version of its records.
const lineHead = `{"schema":1`

type jsonEncoder struct {
	w      io.Writer
	stable bool
	keys   [][]byte
	cells  cells
	buf    []byte
}

func (e *jsonEncoder) Encode(r vacant.Result) error {
	e.cells.setResult(&r, e.stable)
	e.buf = e.cells.appendFields(append(e.buf[:0], lineHead...), e.keys)
	if r.Name.MixedScript() {
		e.buf = append(e.buf, `,"mixed_script":true`...)
	}
	if !e.stable && r.Verdict() == vacant.Undetermined && !r.RetryAfter.IsZero() {
		e.buf = r.RetryAfter.UTC().AppendFormat(append(e.buf, `,"retry_after":"`...), time.RFC3339)
		e.buf = append(e.buf, '"')
	}
	e.buf = append(e.buf, `,"evidence":[`...)
	if !e.stable {
		e.buf = appendEvidence(e.buf, r.Evidence)
	}
	e.buf = append(e.buf, "]}\n"...)
	_, err := e.w.Write(e.buf)
	return err
}

func (e *jsonEncoder) Close() error { return nil }

// appendEvidence appends evidence as the JSON of vacant.Evidence, its texts made safe.
func appendEvidence(dst []byte, evidence []vacant.Evidence) []byte {
	for i := range evidence {
		e := &evidence[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.At.UTC().AppendFormat(append(dst, `{"at":"`...), time.RFC3339Nano)
		dst = append(dst, '"')
		dst = appendMember(dst, `,"kind":`, string(e.Kind), true)
		dst = appendMember(dst, `,"control":`, e.Control, false)
		dst = appendMember(dst, `,"asked":`, e.Asked, true)
		dst = appendMember(dst, `,"server":`, e.Server, true)
		dst = appendMember(dst, `,"code":`, e.Code, false)
		dst = appendMember(dst, `,"says":`, e.Says, true)
		dst = appendMember(dst, `,"reason":`, string(e.Reason), false)
		dst = appendMember(dst, `,"excerpt":`, e.Excerpt, false)
		dst = append(appendMember(dst, `,"via":`, e.Via, false), '}')
	}
	return dst
}

func appendMember(dst []byte, key, text string, always bool) []byte {
	if text = vacant.SafeText(text); text == "" && !always {
		return dst
	}
	return appendJSON(append(dst, key...), text)
}
