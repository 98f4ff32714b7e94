package storetest_test

import (
	"testing"

	"vacant"
	"vacant/store/storetest"
)

func TestMustGivesAStoreThatIsReadyAndChecked(t *testing.T) {
	s := storetest.Must(t)
	if s.World() != storetest.World {
		t.Errorf("world %q", s.World())
	}
	r := vacant.NewRegistered("a.com", vacant.Active)
	if err := s.Put(nil, []vacant.Result{r}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // a test may close it itself
		t.Fatal(err)
	}
	if err := storetest.Check(s.Path()); err != nil {
		t.Error(err)
	}
}
