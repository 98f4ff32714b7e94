//go:build linux

package campaign

import (
	"errors"
	"io/fs"
	"os"

	"vacant/store"
	"vacant/store/storetest"
)

func (l *life) wantExit(e *ended, want int) {
	l.t.Helper()
	if e.exit != want {
		l.t.Errorf("exit %d, want %d\n%s", e.exit, want, e.stderr)
	}
}

// balance holds both equations, and the names said to wait against those that do.
func (l *life) balance(sum *summary) {
	l.t.Helper()
	if sum == nil {
		return
	}
	if err := sum.Counts.Balance(); err != nil {
		l.table.unbalanced++
		l.t.Error(err)
	}
	s, err := store.Open(l.db, store.Options{ReadOnly: true})
	if err != nil {
		l.t.Error(err)
		return
	}
	defer func() { _ = s.Close() }()
	st, err := s.Stats()
	if err != nil || st.Waiting != sum.Counts.Waiting {
		l.table.unbalanced++
		l.t.Errorf("the summary says %d wait, the store has %d (%v)", sum.Counts.Waiting, st.Waiting, err)
	}
}

// check holds the file against what was known of it: it is consistent, nothing
// that an export showed is gone or another, and all that was printed is in it.
func (l *life) check(e *ended, printed []string) {
	l.t.Helper()
	if _, err := os.Stat(l.db); errors.Is(err, fs.ErrNotExist) {
		l.table.unborn++
		if len(printed)+len(l.kept) > 0 {
			l.table.lost += len(l.kept)
			l.t.Errorf("the store is gone; %d verdicts were in it, %d names printed", len(l.kept), len(printed))
		}
		return
	}
	now, ok := l.export(e)
	if !ok {
		return
	}
	if err := storetest.Check(l.db); err != nil {
		l.table.inconsistent++
		l.t.Errorf("after a session with exit %d: %v", e.exit, err)
	}
	for name, verdict := range l.kept {
		if now[name] != verdict && verdict != "undetermined" {
			l.table.lost++
			l.t.Errorf("LOST: %s was %s, is %q", name, verdict, now[name])
		}
	}
	for _, name := range printed {
		l.table.printed++
		if now[name] != "available" {
			l.table.notHeld++
			l.t.Errorf("PRINTED, NOT HELD: %s is %q in the file", name, now[name])
		}
	}
	l.kept = now
}

// export returns the verdict of every name that the store has a record of. A
// file that was killed while it was made has none.
func (l *life) export(e *ended) (map[string]string, bool) {
	l.t.Helper()
	out := l.w.run(l.t, session{args: []string{"export", "--db", l.db, "--all", "-f", "csv", "-q"}})
	if out.exit != 0 {
		if len(l.kept) == 0 && e.seen.questions == 0 {
			l.table.unborn++
			return nil, false
		}
		l.t.Errorf("export: exit %d\n%s", out.exit, out.stderr)
		return nil, false
	}
	l.reading = out.wall
	return verdicts(l.t, out.stdout), true
}
