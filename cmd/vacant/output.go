package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/store"
)

// output are the flags that say what is printed, how, and where.
type output struct {
	file, format string

	json, stable, all bool

	statuses []string
}

// AddFlags adds the flags.
func (o *output) AddFlags(fs *pflag.FlagSet) {
	o.addForm(fs)
	fs.Lookup("output").Usage = "write to `FILE`, whole and sorted; - is stdout"
	fs.StringSliceVar(&o.statuses, "status", nil, "verdicts to print (default available)")
	fs.BoolVar(&o.all, "all", false, "print every verdict")
}

// addForm adds the flags of form and place, without those that select.
func (o *output) addForm(fs *pflag.FlagSet) {
	fs.StringVarP(&o.file, "output", "o", "", "write to `FILE`, whole; - is stdout")
	fs.StringVarP(&o.format, "format", "f", "", "text, csv or jsonl (default by the file's extension, else text)")
	fs.BoolVarP(&o.json, "json", "j", false, "the same as -f jsonl")
	fs.BoolVar(&o.stable, "stable", false, "leave out what differs between runs, the summary too: same world, same bytes")
}

// form returns the format: the one named, else the file extension's, else text.
func (o *output) form() (store.Format, error) {
	f := store.Format(strings.ToLower(o.format))
	switch {
	case o.json && f != "" && f != store.JSONL:
		return "", usagef("--json and --format %s contradict each other", o.format)
	case o.json:
		return store.JSONL, nil
	case f == "":
		return store.FormatOf(o.file), nil
	case f != store.Text && f != store.CSV && f != store.JSONL:
		return "", usagef("--format %q: want text, csv or jsonl", o.format)
	}
	return f, nil
}

// verdicts returns what --status and --all select; none is the default.
func (o *output) verdicts(none ...vacant.Verdict) ([]vacant.Verdict, error) {
	every := []vacant.Verdict{vacant.Undetermined, vacant.Available, vacant.Registered, vacant.Reserved, vacant.Premium}
	if o.all {
		return every, nil
	}
	if len(o.statuses) == 0 {
		return none, nil
	}
	return parseVerdicts("--status", o.statuses)
}

func parseVerdicts(flag string, words []string) ([]vacant.Verdict, error) {
	var out []vacant.Verdict
	for _, word := range words {
		v, ok := vacant.ParseVerdict(strings.ToLower(strings.TrimSpace(word)))
		if !ok {
			return nil, usage(fmt.Errorf("%s: unknown verdict %q", flag, word), "the verdicts are available, registered, reserved, premium and undetermined")
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out, nil
}

// page writes results to stdout as they come, or to a file that appears whole
// when it is committed.
type page struct {
	encoder store.Encoder
	buffer  *bufio.Writer
	sink    *store.Sink // nil: straight to stdout
}

// create opens where results go, before any work is done, so that a bad place
// is found early.
func (o *output) create(stdout io.Writer, form store.Format) (*page, error) {
	p, err := o.createPlain(stdout)
	if err != nil {
		return nil, err
	}
	p.encoder, err = store.NewEncoder(p.buffer, form, o.stable)
	return p, err
}

// createPlain is create for what is no result: whoever writes to the buffer
// ends with finishPlain.
func (o *output) createPlain(stdout io.Writer) (*page, error) {
	p := &page{}
	w := stdout
	if o.file != "" {
		sink, err := store.CreateSink(o.file, stdout)
		if err != nil {
			return nil, ioFailure(fmt.Errorf("output: %w", err))
		}
		p.sink, w = sink, sink
	}
	p.buffer = bufio.NewWriterSize(w, 1<<16)
	return p, nil
}

// write adds a result.
func (p *page) write(r vacant.Result) error { return ioFailure(p.encoder.Encode(r)) }

// flush lets a reader of stdout see what was written.
func (p *page) flush() error { return ioFailure(p.buffer.Flush()) }

// finish writes what is due, then tail as it is, and makes a file appear.
func (p *page) finish(tail []byte) error {
	if err := p.encoder.Close(); err != nil {
		return ioFailure(err)
	}
	_, _ = p.buffer.Write(tail) // a bufio.Writer keeps its error for Flush
	return p.finishPlain()
}

// finishPlain makes a file appear that was written past the encoder.
func (p *page) finishPlain() error {
	if err := p.flush(); err != nil || p.sink == nil {
		return err
	}
	return ioFailure(p.sink.Commit())
}

// abort drops an unfinished file.
func (p *page) abort() {
	if p.sink != nil {
		p.sink.Abort()
	}
}
