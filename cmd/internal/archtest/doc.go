// Package archtest holds the rules of the tree as tests: who may import whom,
// one package document a directory, files gofmt leaves alone, and the few
// things that only main.go may do.
package archtest
