// symgen in MuseScore Studio 4: the score goes on, gets bars anew, is varied, harmonized or given a band.
import QtQuick 2.15
import QtQuick.Controls 2.15
import QtQuick.Layouts 1.15
import MuseScore 3.0
import FileIO 3.0
import "symgen.js" as Symgen

MuseScore {
    id: plugin
    title: "symgen"
    description: "Writes on: continues the score, writes selected bars anew, varies, harmonizes, adds a band."
    version: "1.0"
    categoryCode: "composing-arranging-tools"
    pluginType: "dialog"
    requiresScore: true
    width: 420
    height: 320

    property bool isBusy: false
    property string target: ""

    FileIO { id: sent }
    FileIO { id: written }
    QProcess {
        id: process
        onFinished: plugin.finish()
    }

    onRun: verb.forceActiveFocus()

    function begin() {
        try {
            var read = Symgen.readScore(curScore, Element.CHORD)
            if (!read.parts.length) throw new Error("there is no part with pitches in this score")
            var place = sent.tempPath() + "/symgen-" + Date.now()
            sent.source = place + ".musicxml"
            target = place + "-" + verb.currentValue + ".musicxml"
            written.source = target
            var wanted = { verb: verb.currentValue, bars: bars.text, amount: amount.text, style: style.text }
            var line = Symgen.words(wanted, Symgen.selectedBars(curScore), sent.source, target)
            if (!sent.write(Symgen.toMusicXml(read))) throw new Error(sent.source + " cannot be written")
            var call = Symgen.program(program.text.trim(), line, Qt.platform.os)
            isBusy = true
            said.text = "writing" + (read.drums ? "; parts with drums are left out" : "")
            process.startWithArgs(call.name, call.args)
        } catch (error) {
            said.text = error.message
        }
    }

    function finish() {
        isBusy = false
        sent.remove()
        if (written.exists()) {
            said.text = "written: " + target
            // MuseScore 4 has no function for plug-ins that opens a file; the system opens it with MuseScore.
            Qt.openUrlExternally("file://" + (target.charAt(0) === "/" ? "" : "/") + encodeURI(target))
        } else {
            said.text = Symgen.complaint(process.readAllStandardOutput())
        }
    }

    function wants(name) {
        return Symgen.VERBS[verb.currentValue].fields.indexOf(name) >= 0
    }

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: 12

        ComboBox {
            id: verb
            objectName: "verb"
            Layout.fillWidth: true
            Accessible.name: "What to do"
            textRole: "title"
            valueRole: "name"
            model: Object.keys(Symgen.VERBS).map(function(name) {
                return { name: name, title: Symgen.VERBS[name].title }
            })
        }
        Label { text: "New bars"; visible: bars.visible }
        TextField {
            id: bars
            objectName: "bars"
            text: "8"
            visible: plugin.wants("bars")
            Accessible.name: "New bars"
        }
        Label { text: "Share of the notes, 0 to 1"; visible: amount.visible }
        TextField {
            id: amount
            objectName: "amount"
            text: "0.3"
            visible: plugin.wants("amount")
            Accessible.name: "Share of the notes, 0 to 1"
        }
        Label { text: "Style"; visible: style.visible }
        TextField {
            id: style
            objectName: "style"
            visible: plugin.wants("style")
            placeholderText: verb.currentValue === "accompany" ? "rock, bossa, waltz, swing ..." : "chorale, piano, guitar ..."
            Accessible.name: "Style"
        }
        Label { text: "Program" }
        TextField {
            id: program
            objectName: "program"
            text: "symgen"
            Layout.fillWidth: true
            Accessible.name: "Program: symgen, or its whole path"
        }
        Label {
            id: said
            objectName: "said"
            Layout.fillWidth: true
            wrapMode: Text.Wrap
            Accessible.role: Accessible.StaticText
            Accessible.name: text
        }
        RowLayout {
            Layout.alignment: Qt.AlignRight
            Button {
                objectName: "write"
                text: "Write"
                enabled: !plugin.isBusy
                onClicked: plugin.begin()
            }
            Button {
                text: "Close"
                onClicked: plugin.quit()
            }
        }
    }
}
