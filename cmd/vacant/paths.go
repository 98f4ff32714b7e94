package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// internet is the world of a store that was not made for a lab.
const internet = "internet"

// errNoHome says that there is no place for the store.
var errNoHome = errors.New("no home directory, so no place for the store")

// configDir returns where the user's settings live, "" when there is no home.
func (a *app) configDir() string { return a.ownDir("XDG_CONFIG_HOME", "", ".config") }

// cacheDir returns where refreshed registry data may be kept, "" when there is no home.
func (a *app) cacheDir() string { return a.ownDir("XDG_CACHE_HOME", "CACHE_DIRECTORY", ".cache") }

// stateDir returns where stores and budgets live, "" when there is no home.
func (a *app) stateDir() string {
	return a.ownDir("XDG_STATE_HOME", "STATE_DIRECTORY", filepath.Join(".local", "state"))
}

// ownDir finds one of vacant's directories: systemd's, then the XDG variable's,
// then the platform's own.
func (a *app) ownDir(xdg, systemd, underHome string) string {
	if systemd != "" {
		if dir, _, _ := strings.Cut(a.env(systemd), ":"); filepath.IsAbs(dir) {
			return dir
		}
	}
	if dir := a.env(xdg); filepath.IsAbs(dir) { // relative ones are to be ignored, says the specification
		return filepath.Join(dir, "vacant")
	}
	if dir := a.platformDir(xdg); dir != "" {
		return filepath.Join(dir, "vacant")
	}
	if home := a.env("HOME"); filepath.IsAbs(home) && runtime.GOOS != "windows" {
		return filepath.Join(home, underHome, "vacant")
	}
	return ""
}

// platformDir returns the folder that macOS or Windows keep for such files.
func (a *app) platformDir(xdg string) string {
	switch runtime.GOOS {
	case "darwin":
		home := a.env("HOME")
		if home == "" {
			return ""
		}
		if xdg == "XDG_CACHE_HOME" {
			return filepath.Join(home, "Library", "Caches")
		}
		return filepath.Join(home, "Library", "Application Support")
	case "windows":
		if xdg == "XDG_CONFIG_HOME" {
			return a.env("APPDATA")
		}
		return a.env("LOCALAPPDATA")
	}
	return ""
}

// storePath returns the store file of world: the one named by --db, else
// vacant.db, else, for a lab's world, one of its own beside it.
func (a *app) storePath(db, world string) (string, error) {
	if db != "" {
		if isDir(db) {
			return "", usage(fmt.Errorf("--db %s: is a directory", db), "name a file in it: "+filepath.Join(db, "vacant.db"))
		}
		return db, nil
	}
	dir := a.stateDir()
	if dir == "" {
		return "", usage(errNoHome, "name a store with --db FILE")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", ioFailure(&hinted{fmt.Errorf("no place for the store: %w", err), "name a store with --db FILE, or a folder that can be written with XDG_STATE_HOME"})
	}
	path := filepath.Join(dir, storeName(world))
	if isDir(path) {
		return "", usage(fmt.Errorf("the store %s is a directory", path), "move it aside, or name a store with --db FILE")
	}
	return path, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// storeName returns the file name of a world's default store.
func storeName(world string) string {
	if world == "" || world == internet {
		return "vacant.db"
	}
	sum := sha256.Sum256([]byte(world))
	return "vacant-lab-" + hex.EncodeToString(sum[:4]) + ".db"
}

// budgetPath returns the file of the registries' budgets, which is one per user
// whatever --db says; "" (in memory) when there is no home.
func (a *app) budgetPath() string {
	dir := a.stateDir()
	if dir == "" {
		return ""
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		a.say("budgets are kept in memory: %v", err)
		return ""
	}
	return filepath.Join(dir, "budget.db")
}
