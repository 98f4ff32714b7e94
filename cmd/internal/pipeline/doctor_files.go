package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"vacant/rdapstage"
	"vacant/store"
	"vacant/store/budget"
)

// files examines what a hunt keeps on disk.
func (d *doctor) files(ctx context.Context) {
	d.found(d.storeCondition())
	d.found(d.budgetCondition(ctx))
	d.found(cacheCondition(d.cfg.RDAP.CacheDir))
}

// storeCondition tells whether a hunt could use the store now. It takes the
// store's lock, shared, for a moment.
func (d *doctor) storeCondition() Condition {
	c, path := Condition{What: "store"}, d.cfg.StorePath
	if path == "" {
		c.Level, c.Text, c.Advice = LevelFail, fmt.Sprintf("%v", d.cfg.NoStore), "name a store with --db FILE"
		return c
	}
	s, err := store.Open(path, store.Options{World: d.cfg.World, ReadOnly: true})
	var locked *store.LockedError
	var other *store.WorldError
	switch {
	case err == nil:
		err = errors.Join(writable(path), s.Close())
		c.Text = path + " can be read and written"
	case errors.Is(err, store.ErrNoStore), errors.Is(err, fs.ErrNotExist):
		if _, err = os.Stat(filepath.Dir(path)); err == nil { // which a hunt does not make
			err = writableDir(filepath.Dir(path))
		}
		c.Text = path + " is not there yet; the first hunt makes it"
	case errors.As(err, &locked):
		c.Level, c.Text, c.Advice = LevelWarn, err.Error(), "a hunt on it would end at once (exit 6): wait for the other with --lock-wait 10m, or name another store with --db"
		return c
	case errors.As(err, &other):
		c.Level, c.Text, c.Advice = LevelFail, err.Error(), "name another store with --db; worlds never mix"
		return c
	default:
		c.Level, c.Text, c.Advice = LevelFail, err.Error(), "store verify says what is wrong with it, store recover saves what can still be read"
		return c
	}
	if err != nil {
		c.Level, c.Text, c.Advice = LevelFail, err.Error(), "see that its folder is there and this user may write in it, or name another store with --db"
	}
	return c
}

// budgetCondition tells whether the registries' budgets are shared with other runs.
func (d *doctor) budgetCondition(ctx context.Context) Condition {
	c, path := Condition{What: "budgets"}, d.cfg.BudgetPath
	if path == "" {
		c.Level, c.Text = LevelWarn, "kept in memory: there is no place for them"
		c.Advice = "set HOME or XDG_STATE_HOME: two runs at once would ask registries twice as much as they allow, and lock-outs are forgotten"
		return c
	}
	b, err := budget.Open(path, budget.Options{Now: d.cfg.Now, Notice: func(line string) { c.Level, c.Text = LevelWarn, line }})
	if err == nil {
		_, err = budget.Peek(ctx, path, nil, budget.Options{Now: d.cfg.Now})
		err = errors.Join(err, writable(path), b.Close())
	}
	if err != nil {
		c.Level, c.Text = LevelWarn, err.Error()
		c.Advice = "budgets are kept in memory until it can be written, and other runs do not see them; make it writable, or move it aside if it is damaged"
		return c
	}
	if c.Text == "" {
		c.Text = path + " can be written"
	}
	return c
}

// cacheCondition tells whether registry data can be kept.
func cacheCondition(dir string) Condition {
	if dir == "" {
		return Condition{What: "cache", Level: LevelWarn, Text: "no place for registry data",
			Advice: "set HOME or XDG_CACHE_HOME, or every run fetches IANA's table anew"}
	}
	if err := writableDir(dir); err != nil {
		return Condition{What: "cache", Level: LevelWarn, Text: err.Error(), Advice: "make it writable, or every run fetches IANA's table anew"}
	}
	return Condition{What: "cache", Text: dir + " can be written"}
}

// writable reports why a file that is there cannot be written.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// writableDir reports why no file can be made in dir, or in the nearest folder
// above it that is there.
func writableDir(dir string) error {
	for {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			continue
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is no folder", dir)
		}
		break
	}
	f, err := os.CreateTemp(dir, ".vacant-doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// tableOld is how old the table of RDAP servers may be: a hunt fetches a new one
// each day, so that an old one means that it cannot be fetched, or nobody hunts.
const tableOld = 14 * 24 * time.Hour

// embeddedOld is how old the table in the program may be, where no newer one was
// fetched: half a year of registries that have moved.
const embeddedOld = 6 * 30 * 24 * time.Hour

// tableCondition tells which table says whose RDAP server answers for which TLD.
func tableCondition(t rdapstage.Table, now time.Time) Condition {
	c, age := Condition{What: "table"}, now.Sub(t.Checked)
	switch t.Source {
	case rdapstage.TableHand:
		c.Text = fmt.Sprintf("RDAP servers of %d TLDs, named by hand: %s", t.Entries, t.Place)
	case rdapstage.TableCached:
		c.Text = fmt.Sprintf("RDAP servers of %d TLDs, fetched from IANA or checked at %s", t.Entries, t.Checked.Format(time.RFC3339))
		if age > tableOld {
			c.Level, c.Advice = LevelWarn, "registry update fetches it now, or says why it cannot"
		}
	default:
		c.Text = fmt.Sprintf("RDAP servers of %d TLDs, as they came with this program (%s)", t.Entries, t.Published)
		if t.Damaged != "" {
			c.Text += "; the fetched one cannot be read: " + t.Damaged
			c.Level, c.Advice = LevelWarn, "registry update writes it anew; if that fails, move the file aside"
			break
		}
		if age > embeddedOld {
			c.Level, c.Advice = LevelWarn, "registry update fetches the newest, as the next hunt will if it can"
		}
	}
	return c
}
