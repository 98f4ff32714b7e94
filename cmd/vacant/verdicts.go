package main

import (
	"fmt"
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
	line := string(r.Name) + "\t" + r.Verdict().String() + "\t" + why
	if u := r.Name.Unicode(); u != string(r.Name) {
		line += "\t" + u
		if r.Name.MixedScript() {
			line += " (mixed scripts)"
		}
	}
	return strings.TrimRight(line, "\t") + "\n"
}

// ledger shows everything that led to a verdict, a line for each question.
func ledger(r *vacant.Result) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-11s %s\n", key, vacant.SafeText(oneLine(value)))
		}
	}
	line("checked", stamp(r.CheckedAt))
	line("method", r.Method)
	line("registrar", r.Registrar)
	line("created", stamp(r.CreatedAt))
	line("expires", stamp(r.ExpiresAt))
	line("retry after", stamp(r.RetryAfter))
	line("run", r.RunID)
	for _, e := range r.Evidence {
		line("asked", evidenceLine(&e))
		line("", e.Excerpt)
	}
	return b.String()
}

func evidenceLine(e *vacant.Evidence) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", stamp(e.At), e.Kind, e.Asked)
	if e.Server != "" && !strings.Contains(e.Asked, e.Server) {
		fmt.Fprintf(&b, " at %s", e.Server)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " code %s", e.Code)
	}
	fmt.Fprintf(&b, ": %s", e.Says)
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	if e.Control != "" {
		fmt.Fprintf(&b, " [%s control]", e.Control)
	}
	if e.Via != "" {
		fmt.Fprintf(&b, " via %s", e.Via)
	}
	return b.String()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
