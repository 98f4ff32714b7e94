package main

import (
	"io"
	"strings"
	"time"

	"vacant"
	"vacant/store"
)

// verdicts prints the results of check and rdap: a line of text each, or one of
// the export formats.
type verdicts struct {
	page    *page
	text    bool
	explain bool
}

func newVerdicts(stdout io.Writer, out *output, explain bool) (*verdicts, error) {
	form, err := out.form()
	if err != nil {
		return nil, err
	}
	page, err := out.create(stdout, form)
	return &verdicts{page: page, text: form == store.Text, explain: explain}, err
}

func (v *verdicts) write(r vacant.Result) error {
	if !v.text {
		if err := v.page.write(r); err != nil {
			return err
		}
		return v.page.flush()
	}
	_, _ = v.page.buffer.WriteString(verdictLine(&r))
	if v.explain {
		_, _ = v.page.buffer.WriteString(ledger(&r))
	}
	return v.page.flush()
}

func (v *verdicts) finish() error {
	if v.text {
		return v.page.finishPlain()
	}
	return v.page.finish(nil)
}

func (v *verdicts) abort() { v.page.abort() }

// verdictLine is "name TAB verdict TAB reason or lifecycle".
func verdictLine(r *vacant.Result) string {
	why := string(r.Reason())
	if why == "" {
		why = string(r.Lifecycle)
	}
	line := vacant.SafeText(string(r.Name)) + "\t" + r.Verdict().String() + "\t" + vacant.SafeText(why)
	if u := r.Name.Unicode(); u != string(r.Name) {
		line += "\t" + vacant.SafeText(u)
		if r.Name.MixedScript() {
			line += " (mixed scripts)"
		}
	}
	return strings.TrimRight(line, "\t") + "\n"
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
