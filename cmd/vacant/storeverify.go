package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/store"
)

// inspectCommand is the hidden command that reads a store file in a process of
// its own: a damaged file may take that down, and never the one that asks.
const inspectCommand = "inspect-file"

// How long the reading process may take: a beginning, and a second for each
// MB, which is what a slow disk reads of small pages.
const (
	inspectBase = 4500 * time.Millisecond
	inspectRate = 1 << 20 // octets a second
)

func newStoreVerify(a *app) *cobra.Command {
	from, asJSON := &reading{}, false
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole store file: every page, every record, and that they agree",
		Long: `Verify reads the whole store file and tells what it looked at, then "ok" or
each contradiction it found. It looks at the pages of the file, at every record,
at states against queue and results, at progress, lists and runs, and whether the
equations of every run hold. It changes nothing.

The file is read by a process of its own, so that no damage can keep verify from
answering.`,
		Example: "  vacant store verify\n  vacant store verify --db other.db --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := from.path(a)
			if err != nil {
				return err
			}
			report, err := a.inspect(cmd.Context(), path, from.store.lockWait)
			if err != nil {
				return err
			}
			return a.showReport(report, asJSON)
		},
	}
	from.AddFlags(cmd.Flags())
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "print one JSON object")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitStopped, exitLocked, exitStore, exitIO, exitInterrupted)
}

// newStoreInspect is what the process of its own runs.
func newStoreInspect(a *app) *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:     inspectCommand + " FILE",
		Short:   "Read a store file and report, for store verify",
		Example: "  vacant store " + inspectCommand + " vacant.db",
		Hidden:  true,
		Args:    wantArgs(1, 1, "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := store.Verify(args[0], store.Options{LockWait: wait})
			if err != nil {
				return err
			}
			return ioFailure(json.NewEncoder(a.stdout).Encode(report))
		},
	}
	cmd.Flags().DurationVar(&wait, "lock-wait", 0, "wait this long for another run to leave the store")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO)
}

// inspect has the store at path read by a process of its own. However that ends,
// there is a report or an error: its death and its silence are damage.
func (a *app) inspect(ctx context.Context, path string, wait time.Duration) (r store.Report, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, fmt.Errorf("verify store: %w", err)
	}
	r.Path = path
	if info, err := os.Stat(path); err == nil {
		r.FileBytes = info.Size()
	}
	limit := wait + inspectBase + time.Duration(r.FileBytes/inspectRate)*time.Second
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out, talk bytes.Buffer
	child := exec.CommandContext(timed, self, "store", inspectCommand, "--lock-wait", wait.String(), "--", path)
	child.Stdout, child.Stderr, child.WaitDelay = &out, &talk, time.Second
	err = child.Run()
	if child.ProcessState == nil { // it could not be started: the program's file has gone, or is not ours to run
		return store.Verify(path, store.Options{LockWait: wait})
	}
	switch code := child.ProcessState.ExitCode(); {
	case ctx.Err() != nil:
		return r, errStopped
	case timed.Err() != nil:
		return r, died(&r, "reading it did not end within %s", limit)
	case err == nil:
		return r, json.Unmarshal(out.Bytes(), &r)
	case code == exitFailed || code == exitUsage || code == exitLocked || code == exitIO || code == exitStore:
		if told, ok := toldBy(code, talk.String()); ok {
			return r, told
		}
	}
	return r, died(&r, "the process that read it ended with %v", err)
}

// died makes what happened to the process a part of the report.
func died(r *store.Report, format string, args ...any) error {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	return nil
}

// toldError is an error that another process of this program has put into words.
type toldError struct {
	code       int
	text, hint string
}

func (e *toldError) Error() string { return e.text }

// Hint says what to do instead; it may be empty.
func (e *toldError) Hint() string { return e.hint }

// toldBy reads the lines that [app.report] wrote; ok is false for other words,
// as of the Go runtime when it gives up.
func toldBy(code int, talk string) (e *toldError, ok bool) {
	e = &toldError{code: code}
	for line := range strings.Lines(talk) {
		line = strings.TrimSpace(line)
		if text, found := strings.CutPrefix(line, "vacant: error: "); found {
			e.text = text
		}
		if text, found := strings.CutPrefix(line, "vacant: hint: "); found {
			e.hint = text
		}
	}
	return e, e.text != ""
}

// showReport prints a report; one with contradictions is an error: exit 65.
func (a *app) showReport(r store.Report, asJSON bool) error {
	show := printReport
	if asJSON {
		show = printJSON[store.Report]
	}
	if err := shown(show(a.stdout, &r)); err != nil {
		return err
	}
	switch n := len(r.Problems) + r.Further; n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%w: %s: %s", store.ErrDamaged, r.Path, r.Problems[0])
	default:
		return fmt.Errorf("%w: %s: %s, and %d more", store.ErrDamaged, r.Path, r.Problems[0], n-1)
	}
}

func printReport(out io.Writer, r *store.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(key string, value any) {
		_, _ = fmt.Fprintf(w, "%s\t%v\n", key, vacant.SafeText(fmt.Sprint(value)))
	} // Flush has the error
	row("store", r.Path)
	if r.Schema > 0 {
		row("world", r.World)
		row("schema", r.Schema)
	}
	row("file", byteCount(r.FileBytes))
	for _, c := range r.Checked {
		row(c.What, c.Count)
	}
	for _, p := range r.Problems {
		row("wrong", p)
	}
	if r.Further > 0 {
		row("wrong", fmt.Sprintf("%d more", r.Further))
	}
	err := w.Flush()
	if len(r.Problems) == 0 {
		_, werr := fmt.Fprintln(out, "ok")
		err = errors.Join(err, werr)
	}
	return err
}

func printJSON[T any](out io.Writer, v *T) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// byteCount is n as a person reads it, and to the octet.
func byteCount(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d bytes (%.1f MB)", n, float64(n)/1e6)
}
