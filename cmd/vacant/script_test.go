package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vacant": main})
}

// TestScripts runs the command lines of testdata/script. Each script has a home
// of its own; "lab" makes the lab's settings file.
func TestScripts(t *testing.T) {
	const dir = "../../testdata/script"
	var few []string // nil is all of dir
	where := dir
	if testing.Short() { // watched by the race detector a program takes a second to start
		where = ""
		for _, name := range []string{"hunt", "check", "dns", "stop", "output", "diff"} {
			few = append(few, filepath.Join(dir, name+".txtar"))
		}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 where,
		Files:               few,
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("STATE", filepath.Join(home, ".local", "state", "vacant"))
			env.Setenv("TERM", "dumb")
			return os.Mkdir(home, 0o700)
		},
		Condition: func(cond string) (bool, error) {
			if cond != "namespaces" {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			return exec.Command("unshare", "-Urm", "true").Run() == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"appears": appears,
			"truth":   truth,
		},
	})
}

// exits runs vacant and demands an exit code: exits CODE ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("vacant", args[1:]...)
	var exit *exec.ExitError
	got := 0
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// truth writes, sorted, the names of a verdict among the candidates of some
// flags, as the lab's truth has them: truth [-verdict V] FILE FLAG...
func truth(ts *testscript.TestScript, neg bool, args []string) {
	verdict := "available"
	if len(args) > 2 && args[0] == "-verdict" {
		verdict, args = args[1], args[2:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: truth [-verdict V] FILE FLAG...")
	}
	var shape []string // of the world
	flags := args[1:]
	for i := 0; i+1 < len(flags); i++ {
		switch flags[i] {
		case "--density", "--seed", "--night":
			shape = append(shape, flags[i], flags[i+1])
			flags = slices.Delete(slices.Clone(flags), i, i+2)
			i--
		case "-t":
			shape = append(shape, "-t", flags[i+1])
		}
	}
	ts.Check(ts.Exec("vacant", append([]string{"generate"}, flags...)...))
	names := strings.Fields(ts.ReadFile("stdout"))
	ts.Check(ts.Exec("vacant", slices.Concat([]string{"lab", "--truth"}, shape, names)...))
	var got []string
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if f := strings.Split(line, "\t"); f[1] == verdict {
			got = append(got, f[0]+"\n")
		}
	}
	if len(got) == 0 {
		ts.Fatalf("no name is %s: the script shows nothing", verdict)
	}
	slices.Sort(got)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(got, "")), 0o600))
}

// appearWithin is how long appears waits: longer than any start on a busy machine.
const appearWithin = 20 * time.Second

// appears waits until a file is there and not empty: appears FILE
func appears(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: appears FILE")
	}
	if err := waitFor(ts.MkAbs(args[0]), appearWithin); err != nil {
		ts.Fatalf("%v", err)
	}
}

func waitFor(path string, within time.Duration) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(within)
	for {
		select {
		case <-tick.C:
			if info, err := os.Stat(path); err == nil && info.Size() > 0 {
				return nil
			}
		case <-limit:
			return fmt.Errorf("%s did not appear within %s", path, within)
		}
	}
}
