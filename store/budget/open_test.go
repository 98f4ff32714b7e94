package budget

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vacant"
)

// oldFile makes a file that begins as one of the layout before.
func oldFile(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, append(append(make([]byte, 16), boltMagic...), make([]byte, 4096)...), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFileOfTheLayoutBeforeIsBegunAnewAndThatIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budget.db")
	oldFile(t, path)
	var told []string
	for range 2 {
		b, err := Open(path, Options{Notice: func(line string) { told = append(told, line) }})
		if err != nil {
			t.Fatal(err)
		}
		lease(t, b, vacant.Limit{PerDay: 10}, 5, 5)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "begun anew") || !strings.Contains(told[0], "lock-outs") {
		t.Errorf("told %q", told)
	}
}

// Of many that find an old file at once one replaces it: the others would drop
// what the first has leased.
func TestOldFileIsReplacedOnce(t *testing.T) {
	for range 20 {
		path, limit := filepath.Join(t.TempDir(), "budget.db"), vacant.Limit{PerDay: 3}
		oldFile(t, path)
		var wg sync.WaitGroup
		var mu sync.Mutex
		got, told := 0, 0
		for range 8 {
			wg.Go(func() {
				b, err := Open(path, Options{Notice: func(string) { mu.Lock(); told++; mu.Unlock() }})
				if err != nil {
					t.Error(err)
					return
				}
				l, err := b.Lease(t.Context(), "op", limit, 1, nil)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got += l.Got
				mu.Unlock()
				_ = b.Close()
			})
		}
		wg.Wait()
		if got != 3 || told != 1 {
			t.Fatalf("%d leased of 3; %d said that they began anew", got, told)
		}
	}
}

func TestWhatIsNoRegularFileIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	folder, link := filepath.Join(dir, "folder"), filepath.Join(dir, "link")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere", "budget.db"), link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	for path, want := range map[string]string{folder: "no regular file", os.DevNull: "no regular file", link: "is a link to"} {
		began := time.Now()
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), want) || time.Since(began) > lockPatience/2 {
			t.Errorf("%s: %v after %v", path, err, time.Since(began))
		}
	}
}

// A link to a file is that file.
func TestFileBehindALink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "budget.db"), filepath.Join(dir, "link")
	limit := vacant.Limit{PerDay: 5}
	lease(t, open(t, path, time.Now), limit, 3, 3)
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	lease(t, open(t, link, time.Now), limit, 9, 2)
}
