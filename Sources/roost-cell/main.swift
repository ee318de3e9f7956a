internal import CellRuntime

CellMain.run()
