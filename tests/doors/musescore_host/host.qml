// Opens the plug-in with a small score, as MuseScore does, fills in its fields and presses its button.
// qml -I FOLDER host.qml -- PLUGIN FIELDS FOLDER      FIELDS: verb=vary,amount=0.5
import QtQuick 2.15
import QtQuick.Window 2.15
import "score.js" as Score

Window {
    width: 420
    height: 320
    visible: true
    property var words: Qt.application.arguments.slice(-3)

    function find(item, name) {
        if (item.objectName === name) return item
        for (var i = 0; i < item.children.length; i++) {
            var found = find(item.children[i], name)
            if (found) return found
        }
        return null
    }

    Loader {
        id: loader
        anchors.fill: parent
        source: "file://" + words[0]
        onLoaded: {
            item.curScore = Score.score(words[1].indexOf("selected") >= 0)
            item.run()
            var fields = words[1].split(",")
            for (var i = 0; i < fields.length; i++) {
                var pair = fields[i].split("="), field = find(item, pair[0])
                if (pair[0] === "verb") field.currentIndex = field.indexOfValue(pair[1])
                else if (field) field.text = pair[1]
            }
            find(item, "write").clicked()
        }
    }
    Timer {
        interval: 50
        repeat: true
        running: loader.item && !loader.item.isBusy
        onTriggered: {
            console.log("said: " + find(loader.item, "said").text)
            Qt.quit()
        }
    }
}
