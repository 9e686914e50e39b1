import QtQml 2.15

QtObject {
    enum Type { REST = 25, CHORD = 93 }
}
