//go:build unix

package hook

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bin is a folder as a merchant has it for programs: their own, and closed to others.
func bin(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "hook-") // t.TempDir's parents are as open as the umask says
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func script(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

// On a machine that several people use, nobody else chooses what runs in the merchant's name.
func TestCheck_RefusesAProgramThatOthersCanChange(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(t *testing.T, folder string) []string
		want    string // empty: it may run
	}{
		"their own script": {func(t *testing.T, folder string) []string {
			script(t, folder+"/bell", "#!/bin/sh\n", 0o755)
			return []string{folder + "/bell", "x"}
		}, ""},
		"others may write it": {func(t *testing.T, folder string) []string {
			script(t, folder+"/bell", "#!/bin/sh\n", 0o757)
			return []string{folder + "/bell"}
		}, `"bell" is not run: FOLDER/bell can be changed by others (mode 0757): chmod go-w FOLDER/bell`},
		"a group may write it": {func(t *testing.T, folder string) []string {
			script(t, folder+"/bell", "#!/bin/sh\n", 0o775)
			return []string{folder + "/bell"}
		}, `"bell" is not run: FOLDER/bell can be changed by others (mode 0775)`},
		"its folder is open": {func(t *testing.T, folder string) []string {
			script(t, folder+"/bell", "#!/bin/sh\n", 0o755)
			script(t, folder+"/x", "", 0o600)
			if err := os.Chmod(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			return []string{folder + "/bell"}
		}, `"bell" is not run: FOLDER can be changed by others (mode 0777)`},
		"a link to one that others may write": {func(t *testing.T, folder string) []string {
			script(t, folder+"/bell", "#!/bin/sh\n", 0o757)
			if err := os.Symlink(folder+"/bell", folder+"/link"); err != nil {
				t.Fatal(err)
			}
			return []string{folder + "/link"}
		}, `"link" is not run: FOLDER/bell can be changed by others`},
		"it is found in PATH": {func(t *testing.T, folder string) []string {
			script(t, folder+"/ring-the-bell", "#!/bin/sh\n", 0o757)
			t.Setenv("PATH", folder)
			return []string{"ring-the-bell"}
		}, `"ring-the-bell" is not run: FOLDER/ring-the-bell can be changed by others`},
		"a shell is given one": {func(t *testing.T, folder string) []string {
			script(t, folder+"/bell.sh", "", 0o666)
			return []string{"sh", folder + "/bell.sh"}
		}, `"bell.sh" is not run: FOLDER/bell.sh can be changed by others (mode 0666)`},
		"its interpreter is one": {func(t *testing.T, folder string) []string {
			script(t, folder+"/run", "", 0o777)
			script(t, folder+"/bell", "#! "+folder+"/run -x\n", 0o755)
			return []string{folder + "/bell"}
		}, `"run" is not run: FOLDER/run can be changed by others (mode 0777)`},
		"a file for a program that reads it": {func(t *testing.T, folder string) []string {
			script(t, folder+"/told", "", 0o666)
			return []string{"tee", "-a", folder + "/told"}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := bin(t)
			err := Check(c.arrange(t, folder))
			want := strings.ReplaceAll(c.want, "FOLDER", folder)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// What was in order at the start may have been opened to others since.
func TestHook_IsNotRunOnceOthersCanChangeIt(t *testing.T) {
	s := newStage(t)
	folder := bin(t)
	told := filepath.Join(folder, "told")
	script(t, folder+"/bell", "#!/bin/sh\necho run >>"+told+"\n", 0o755)
	r := s.runner(func(c *Config) { c.Command = []string{folder + "/bell"} })
	if err := os.Chmod(folder+"/bell", 0o777); err != nil {
		t.Fatal(err)
	}
	r.Put(paid("Table 4"))
	bell := folder + "/bell"
	s.logs("Table 4: it could not be started: \"bell\" is not run: "+bell+" can be changed by others (mode 0777): chmod go-w "+bell, true)
	r.Close(t.Context())
	if _, err := os.Stat(told); err == nil {
		t.Error("it ran all the same")
	}
	s.silent()
}
