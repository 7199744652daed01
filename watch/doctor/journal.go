package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"tillwatch/watch"
)

// Journal is what can be seen of a journal without writing to it. What is not known is zero.
type Journal struct {
	Path   string
	Off    bool // the user wants none
	Exists bool
	Looked bool // Format, Payments and Open were read
	Format int
	// Payments is how many it holds, Open those of them that are not resolved.
	Payments, Open int
	Size           int64       // bytes
	Mode           fs.FileMode // of the file
	Writer         int         // process that writes it; 0: none
	Since          time.Time   // when that one began
	Folder         string      // the nearest that exists, where it is or would be
	Unwritable     string      // why nothing can be written there; empty: it can
	Free           uint64      // bytes free there
	FreeKnown      bool
	Do             string   // what to do about the error that came with it
	Damaged        []string // names of damaged copies next to it
}

// leastFree is the free room below which a journal may soon fail: a day of a busy shop is a
// few megabytes.
const leastFree = 100 << 20

func (r *run) journal(context.Context) {
	if r.Journal == nil {
		return
	}
	r.group("JOURNAL")
	j, err := r.Config.Journal()
	switch path := watch.SafeExact(j.Path, textMost); {
	case err != nil:
		r.line(Bad, "journal", path+": "+outside(err.Error()), j.Do)
	case j.Off:
		r.line(Unknown, "journal", "off: what is handed over is gone when tillwatch ends", "unset the setting journal to keep it")
		return
	case j.Path == "":
		r.line(Unknown, "journal", "there is no home folder to keep it in", "set HOME or XDG_STATE_HOME; on Windows LOCALAPPDATA")
		return
	case !j.Exists:
		r.line(Good, "journal", path+" is not there yet")
	case !j.Looked:
		r.line(Good, "journal", fmt.Sprintf("%s, %s", path, bytes(uint64(max(0, j.Size)))))
	default:
		r.line(Good, "journal", fmt.Sprintf("%s, %s, format %d: %d payments, %d open",
			path, bytes(uint64(max(0, j.Size))), j.Format, j.Payments, j.Open))
	}
	if j.Exists && j.Mode.Perm()&0o077 != 0 {
		r.line(Bad, "mode", fmt.Sprintf("others can read it (mode %04o), and it names customers", j.Mode.Perm()),
			"chmod 600 "+watch.SafeExact(j.Path, textMost))
	} else if j.Exists {
		r.line(Good, "mode", fmt.Sprintf("for you alone (%04o)", j.Mode.Perm()))
	}
	if j.Writer != 0 {
		since := ""
		if !j.Since.IsZero() {
			since = " since " + j.Since.Local().Format("2 Jan 15:04")
		}
		r.line(Good, "writer", fmt.Sprintf("process %d writes it%s; a second board needs a journal of its own", j.Writer, since))
	}
	r.folder(j)
	if len(j.Damaged) > 0 {
		r.line(Unknown, "copies", fmt.Sprintf("%d damaged beside it: %s", len(j.Damaged), strings.Join(j.Damaged, ", ")),
			"it was damaged once and made anew; keep them if payments are missing, else remove them")
	}
}

func (r *run) folder(j Journal) {
	free := ""
	if j.FreeKnown {
		free = ", " + bytes(j.Free) + " free"
	}
	folder := watch.SafeExact(j.Folder, textMost)
	switch {
	case j.Folder == "":
	case j.Unwritable != "":
		r.line(Bad, "folder", folder+" cannot be written: "+outside(j.Unwritable), "make it yours, or set XDG_STATE_HOME to a folder that is")
	case j.FreeKnown && j.Free < leastFree:
		r.line(Bad, "folder", folder+": only"+strings.TrimPrefix(free, ","), "make room on that disk")
	default:
		r.line(Good, "folder", folder+" can be written"+free)
	}
}

// bytes is a size in a unit that makes it a small number.
func bytes(n uint64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	case n < 10_000_000_000:
		return fmt.Sprintf("%d MB", n/1_000_000)
	}
	return fmt.Sprintf("%d GB", n/1_000_000_000)
}
