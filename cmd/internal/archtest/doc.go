// Package archtest is part of vacant.
package archtest
